package dev.freshet.audit;

import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks an application over HTTP: 200 is the value, 404 and 410 say that there is none. The application must answer from its source,
 * not from a cache: each request says {@code Cache-Control: no-cache}.
 */
public final class HttpTruth implements Truth {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_BYTES = 8 << 20;

    private final KeyPattern keys;
    private final Template address;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    /**
     * @param keys which keys it knows about, like {@code user:{id}}
     * @param address where a value is, like {@code http://app:8080/users/{id}}; names of the pattern stand in braces
     */
    public HttpTruth(KeyPattern keys, Template address) {
        this.keys = keys;
        this.address = address;
    }

    /** Returns what is wrong with an address ("must …"), or null. Never quotes it: it may hold a password. */
    public static @Nullable String faultIn(KeyPattern keys, String address) {
        Template template;
        try {
            template = Template.parse(address);
        } catch (IllegalArgumentException e) {
            return "must be an address with names in braces, like http://app:8080/users/{id}";
        }
        List<String> unknown = new ArrayList<>(template.columns());
        unknown.removeAll(keys.names());
        if (!unknown.isEmpty()) {
            return "must use names of the pattern (" + String.join(", ", keys.names()) + "), not "
                    + String.join(", ", unknown);
        }
        Map<String, String> values = new HashMap<>();
        keys.names().forEach(name -> values.put(name, "x"));
        try {
            URI uri = new URI(template.fill(values));
            boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            return isHttp && uri.getHost() != null && uri.getUserInfo() == null
                    ? null
                    : "must begin with http:// or https:// and a host, without a user";
        } catch (URISyntaxException e) {
            return "must be an address like http://app:8080/users/{id}";
        }
    }

    @Override
    public Answer read(String key) throws IOException, InterruptedException {
        Map<String, String> values = keys.match(key);
        if (values == null) {
            return Answer.NOT_COVERED;
        }
        values.replaceAll((name, value) ->
                URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(address.fill(values)))
                .timeout(TIMEOUT)
                .header("Cache-Control", "no-cache")
                .build();
        HttpResponse<InputStream> response;
        try {
            response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new TruthException(
                    "the application does not answer: " + e.getClass().getSimpleName(), e);
        }
        try (InputStream body = response.body()) {
            if (response.statusCode() == 404 || response.statusCode() == 410) {
                return Answer.ABSENT;
            }
            if (response.statusCode() != 200) {
                throw new TruthException("the application answers " + response.statusCode());
            }
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new TruthException("the application answers more than " + MAX_BYTES + " bytes");
            }
            return Answer.of(bytes);
        }
    }
}

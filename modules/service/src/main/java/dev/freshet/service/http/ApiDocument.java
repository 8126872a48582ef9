package dev.freshet.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI document of an application, which the data port serves at {@value #DOCUMENT}. {@value #ROOT} lists its paths. Safe to
 * use from any thread.
 */
public final class ApiDocument {

    /** Lists the paths. */
    public static final String ROOT = "/";

    /** Serves the document. */
    public static final String DOCUMENT = "/openapi.json";

    private static final String RESOURCE = "openapi.json";
    private static final List<String> METHODS = List.of("get", "head", "put", "post", "delete");
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);

    private final Class<?> type;
    private volatile @Nullable Content content;

    private record Content(Buffer document, Buffer list) {}

    private ApiDocument(Class<?> type) {
        this.type = type;
    }

    /** Returns the document that is the resource {@code openapi.json} beside the class. It is read when it is asked for. */
    public static ApiDocument beside(Class<?> type) {
        return new ApiDocument(type);
    }

    /** Two event loops may read it at once, which is harmless. Nobody asks for it in an idle process, which is to be small. */
    private Content content() {
        Content known = content;
        if (known != null) {
            return known;
        }
        try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(RESOURCE), RESOURCE)) {
            Buffer document = Buffer.buffer(in.readAllBytes());
            Content read = new Content(document, list(new JsonObject(document)).toBuffer());
            content = read;
            return read;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonObject list(JsonObject document) {
        JsonObject paths = new JsonObject();
        document.getJsonObject("paths").forEach(path -> {
            JsonArray methods = new JsonArray();
            JsonObject described = (JsonObject) path.getValue();
            METHODS.stream()
                    .filter(described::containsKey)
                    .forEach(method -> methods.add(method.toUpperCase(Locale.ROOT)));
            paths.put(path.getKey(), methods);
        });
        return new JsonObject()
                .put("application", document.getJsonObject("info").getString("title"))
                .put("openapi", DOCUMENT)
                .put("paths", paths);
    }

    /** Returns whether {@link #answer} answers requests with this path. */
    public boolean has(String path) {
        return path.equals(ROOT) || path.equals(DOCUMENT);
    }

    /** Answers a request whose path this has. To be called on the request's event loop. */
    public void answer(HttpServerRequest request) {
        if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            request.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                    .end(
                            ROOT.equals(request.path())
                                    ? content().list()
                                    : content().document());
        } else {
            Problem.sendMethodNotAllowed(request, "GET, HEAD");
            BodyDrain.discard(request, BodyDrain.MAX_BYTES);
        }
    }
}

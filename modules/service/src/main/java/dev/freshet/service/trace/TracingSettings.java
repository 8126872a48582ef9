package dev.freshet.service.trace;

import dev.freshet.service.config.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code tracing}.
 *
 * @param endpoint where spans go
 * @param samplePart which part of the traces that begin here is recorded
 * @param headersFile a file with headers for the receiver, which may be secret; null: none
 * @param timeout how long the receiver may take for a batch
 * @param serviceName the name of this service in the tracing system
 */
public record TracingSettings(
        URI endpoint, double samplePart, @Nullable Path headersFile, Duration timeout, String serviceName) {

    private static final String TRACES_PATH = "/v1/traces";

    /**
     * Reads the section; null if no endpoint is set, so that nothing is traced.
     *
     * @param application the application's name
     */
    public static @Nullable TracingSettings read(Settings settings, String application) {
        Settings tracing = settings.section("tracing");
        String endpoint = tracing.text(
                "endpoint",
                "",
                "an address",
                TracingSettings::faultInEndpoint,
                "the OTLP receiver of spans, by HTTP, like http://collector:4318; not set: no spans");
        double samplePart = tracing.part(
                "sample", 1, "which part of the traces that begin here is recorded; callers decide about theirs");
        Path headersFile = tracing.file(
                "headers-file",
                "headers for the receiver, one a line, like Authorization: Bearer ...; read at the start");
        Duration timeout = tracing.duration(
                "timeout",
                Duration.ofSeconds(10),
                Duration.ofMillis(100),
                Duration.ofMinutes(5),
                "how long the receiver may take for a batch of spans");
        String name = tracing.text("service-name", application, "the name of this service in the tracing system");
        return tracing.has("endpoint") && faultInEndpoint(endpoint) == null
                ? new TracingSettings(withPath(endpoint), samplePart, headersFile, timeout, name)
                : null;
    }

    private static @Nullable String faultInEndpoint(String text) {
        try {
            URI uri = new URI(text);
            return uri.getScheme() != null
                            && Set.of("http", "https").contains(uri.getScheme())
                            && uri.getHost() != null
                            && uri.getUserInfo() == null
                            && uri.getQuery() == null
                            && uri.getFragment() == null
                    ? null
                    : "must be http:// or https://, a host and a port, like http://collector:4318; what is secret belongs into"
                            + " tracing.headers-file";
        } catch (URISyntaxException e) {
            return "must be an address like http://collector:4318";
        }
    }

    /** As the specification of the exporter has it: a receiver's address without a path means its path for traces. */
    private static URI withPath(String endpoint) {
        URI uri = URI.create(endpoint);
        String path = uri.getPath() == null ? "" : uri.getPath();
        return path.isEmpty() || path.equals("/") ? uri.resolve(TRACES_PATH) : uri;
    }
}

package dev.freshet.publisher.http;

import dev.freshet.service.config.Units;
import dev.freshet.service.http.MediaType;
import dev.freshet.service.http.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** How the body of a request holds changes. */
enum BodyFormat {
    /** One JSON object. */
    OBJECT(MediaType.JSON),
    /** One JSON object a line, as many lines as the client sends. */
    LINES("application/x-ndjson");

    private final String mediaType;

    BodyFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }

    /**
     * Returns the format that the request's headers name.
     *
     * @throws ProblemException 415 if they name another one, a charset other than UTF-8, or a content encoding
     */
    static BodyFormat of(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        boolean isEncoded = encoding != null && !encoding.equalsIgnoreCase("identity");
        BodyFormat format = type == null || isEncoded ? null : ofContentType(type);
        if (format == null) {
            throw new ProblemException(unsupported(type, isEncoded ? encoding : null));
        }
        return format;
    }

    private static @Nullable BodyFormat ofContentType(String header) {
        for (BodyFormat format : values()) {
            if (MediaType.isUtf8(header, format.mediaType)) {
                return format;
            }
        }
        return null;
    }

    private static Problem unsupported(@Nullable String type, @Nullable String encoding) {
        String sent = type == null ? "no Content-Type" : "Content-Type " + Units.quote(type);
        String encoded = encoding == null ? "" : " and Content-Encoding " + Units.quote(encoding);
        return Problem.of(
                415,
                "unsupported-type",
                "The request has " + sent + encoded + ". Send one object with Content-Type: " + OBJECT.mediaType
                        + ", or a stream of lines with Content-Type: " + LINES.mediaType
                        + "; in UTF-8, without Content-Encoding.");
    }
}

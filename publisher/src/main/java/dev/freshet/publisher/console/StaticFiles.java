package dev.freshet.publisher.console;

import dev.freshet.service.http.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** The files of the page, from this jar. A browser keeps them, and asks whether they have changed. Safe to use from any thread. */
final class StaticFiles {

    private static final String HTML = "text/html; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";

    /** The paths and the files behind them: no path leads to another resource. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("index.html", HTML),
            Map.entry("main.js", SCRIPT),
            Map.entry("stream.js", SCRIPT),
            Map.entry("text.js", SCRIPT),
            Map.entry("charts.js", SCRIPT),
            Map.entry("river.js", SCRIPT),
            Map.entry("regions.js", SCRIPT),
            Map.entry("tail.js", SCRIPT),
            Map.entry("ask.js", SCRIPT),
            Map.entry("audit.js", SCRIPT),
            Map.entry("sources.js", SCRIPT),
            Map.entry("style.css", STYLE),
            Map.entry("icon.svg", "image/svg+xml"),
            Map.entry("vendor/uPlot.iife.min.js", SCRIPT),
            Map.entry("vendor/uPlot.min.css", STYLE),
            Map.entry("vendor/uPlot.LICENSE.txt", TEXT));

    private record Content(String type, Buffer bytes, String etag) {}

    private final Map<String, Content> read = new ConcurrentHashMap<>();

    /** Returns whether {@link #answer} answers requests with this path. */
    boolean has(String path) {
        return TYPES.containsKey(nameOf(path));
    }

    private static String nameOf(String path) {
        return path.equals("/") ? "index.html" : path.startsWith("/") ? path.substring(1) : path;
    }

    /** Answers a request whose path this has. To be called on the request's event loop. */
    void answer(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            Problem.sendMethodNotAllowed(request, "GET, HEAD");
            return;
        }
        Content content = read.computeIfAbsent(nameOf(String.valueOf(request.path())), StaticFiles::read);
        HttpServerResponse response = request.response()
                .putHeader(HttpHeaders.ETAG, content.etag())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        boolean isKnown = known != null
                && Arrays.stream(known.split(",", -1))
                        .map(String::strip)
                        .anyMatch(etag ->
                                etag.equals("*") || etag.replaceFirst("^W/", "").equals(content.etag()));
        if (isKnown) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, content.type()).end(content.bytes());
        }
    }

    /** The files are small, in the jar, and read once. */
    private static Content read(String name) {
        try (InputStream in = Objects.requireNonNull(StaticFiles.class.getResourceAsStream(name), name)) {
            byte[] bytes = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            String etag = '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
            return new Content(Objects.requireNonNull(TYPES.get(name), name), Buffer.buffer(bytes), etag);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

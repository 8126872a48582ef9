package dev.freshet.e2e.line;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** Receives spans by OTLP over HTTP, as a collector does. */
final class SpanReceiver implements AutoCloseable {

    /**
     * A span, by what tests look at.
     *
     * @param process which process of the service made it
     * @param parent the id of its parent; empty: it is the first of its trace
     * @param attributes as texts
     * @param links the ids of the spans that it is linked to
     */
    record Received(
            String service,
            String process,
            String traceId,
            String spanId,
            String parent,
            String name,
            Map<String, String> attributes,
            List<String> links) {}

    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final HttpServer server;

    private SpanReceiver(HttpServer server) {
        this.server = server;
    }

    static SpanReceiver start() throws IOException {
        SpanReceiver receiver =
                new SpanReceiver(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        receiver.server.createContext("/v1/traces", receiver::take);
        receiver.server.setExecutor(receiver.executor);
        receiver.server.start();
        return receiver;
    }

    /** Returns the address for {@code tracing.endpoint}. */
    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void take(HttpExchange exchange) throws IOException {
        boolean isZipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        try (InputStream body = isZipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
            ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().forEach(this::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private void add(ResourceSpans resource) {
        Map<String, String> process = texts(resource.getResource().getAttributesList());
        resource.getScopeSpansList().forEach(scope -> scope.getSpansList()
                .forEach(span -> spans.add(new Received(
                        process.getOrDefault("service.name", ""),
                        process.getOrDefault("service.instance.id", ""),
                        hex(span.getTraceId().toByteArray()),
                        hex(span.getSpanId().toByteArray()),
                        hex(span.getParentSpanId().toByteArray()),
                        span.getName(),
                        texts(span.getAttributesList()),
                        span.getLinksList().stream()
                                .map(link -> hex(link.getSpanId().toByteArray()))
                                .toList()))));
    }

    private static Map<String, String> texts(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey,
                        one -> one.getValue().hasStringValue()
                                ? one.getValue().getStringValue()
                                : one.getValue().toString()));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Returns all spans so far. */
    List<Received> spans() {
        return spans;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}

package dev.freshet.e2e.tool;

import com.sun.net.httpserver.HttpServer;
import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.cache.ValueCodec;
import dev.freshet.micrometer.FreshetMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** This process as an application that connects a client and serves its metrics. Its regions have a Redis tier. */
public final class EmbeddedClient implements AutoCloseable {

    private static final ValueCodec<String> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Freshet freshet;
    private final HttpServer server;

    private EmbeddedClient(String redisUri) throws IOException {
        freshet = Freshet.connect(FreshetConfig.of(redisUri).withObserver(FreshetMetrics.of(registry)));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/metrics", exchange -> {
            byte[] page = metrics().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.start();
    }

    /** Connects, opens these regions, and uses each once. Returns when they are confirmed. */
    public static EmbeddedClient start(String redisUri, String... regions) throws IOException {
        EmbeddedClient client = new EmbeddedClient(redisUri);
        for (String name : regions) {
            Region<String> region = client.freshet.region(
                    name, RegionOptions.<String>maximumEntries(1_000).tier(TEXT, Duration.ofHours(1)));
            region.ready().orTimeout(60, TimeUnit.SECONDS).join();
            region.get("embedded:1", (key, load) -> "value");
            region.get("embedded:1", (key, load) -> "value");
            region.invalidate("embedded:1");
        }
        return client;
    }

    /** Returns the port of {@code /metrics}. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Returns the page of {@code /metrics}. */
    public String metrics() {
        return registry.scrape();
    }

    @Override
    public void close() {
        server.stop(0);
        freshet.close();
    }
}

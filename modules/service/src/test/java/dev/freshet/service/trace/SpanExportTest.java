package dev.freshet.service.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of spans, with receivers that take them, refuse them, or say nothing. */
@SuppressWarnings("NullAway.Init") // before each test
final class SpanExportTest {

    private static final int MANY = 20_000;

    @TempDir
    private Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private HttpServer receiver;
    private volatile int status = 200;
    private volatile boolean hangs;

    @BeforeEach
    void listen() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", exchange -> {
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.getRequestBody().readAllBytes();
            if (hangs) {
                awaitEnd();
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        receiver.setExecutor(executor);
        receiver.start();
    }

    private void awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        over.countDown();
        receiver.stop(0);
        executor.shutdownNow();
    }

    private SpanExport start(@Nullable Path headers) {
        URI endpoint = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/v1/traces");
        return SpanExport.start(
                new TracingSettings(endpoint, 1, headers, Duration.ofSeconds(1), "test"), "test-1", metrics);
    }

    private static void make(SpanExport export, int spans) {
        for (int i = 0; i < spans; i++) {
            export.openTelemetry()
                    .getTracer("test")
                    .spanBuilder("span")
                    .startSpan()
                    .end();
        }
    }

    private double spans(String result) {
        return metrics.get("freshet.spans")
                .tag("result", result)
                .functionCounter()
                .count();
    }

    private Path headers(String text) throws IOException {
        return Files.writeString(folder.resolve("headers"), text);
    }

    @Test
    void theyGoToTheReceiverWithTheHeadersOfTheFile() throws IOException {
        try (SpanExport export = start(headers("Authorization: Bearer hunter2\n\nX-Scope-OrgID:shop\n"))) {
            make(export, 10);
            await().until(() -> spans("exported") == 10);
        }
        assertThat(authorizations).isNotEmpty().allMatch("Bearer hunter2"::equals);
        assertThat(spans("refused") + spans("dropped")).isZero();
    }

    @Test
    void whatTheReceiverDoesNotTakeIsCounted() {
        status = 400;
        try (SpanExport export = start(null)) {
            make(export, 10);
            await().until(() -> spans("refused") == 10);
        }
        assertThat(spans("exported")).isZero();
    }

    @Test
    void aReceiverThatSaysNothingHoldsNobodyUpAndWhatIsTooMuchIsCounted() {
        hangs = true;
        try (SpanExport export = start(null)) {
            make(export, MANY);
            assertThat(spans("dropped")).isGreaterThan(MANY / 2.0);
        }
        await().until(() -> spans("dropped") + spans("refused") == MANY);
    }

    @Test
    void withoutAReceiverTheyAreRefused() {
        receiver.stop(0);
        try (SpanExport export = start(null)) {
            make(export, 10);
            await().until(() -> spans("refused") == 10);
        }
    }

    @Test
    void aFileOfHeadersThatCannotBeUsedIsASentence() throws IOException {
        assertThatThrownBy(() -> start(folder.resolve("missing")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("tracing.headers-file: ")
                .hasMessageContaining("missing cannot be read");
        Path bad = headers("X-Scope-OrgID: shop\nBearer hunter2\n");
        assertThatThrownBy(() -> start(bad))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("tracing.headers-file: line 2 of ")
                .message()
                .doesNotContain("hunter2");
    }
}

package dev.freshet.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.hostile.HttpFuzz;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.port.Ports;
import dev.freshet.testkit.fuzz.Fuzz;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What no honest client sends: to the management port, and to a data port whose handlers have faults of their own. */
final class HostileInputTest {

    @Test
    void randomRequestsToTheManagementPortLeadToNoErrorOfTheServer() {
        try (Service service = TestService.start();
                LogWatch log = LogWatch.start()) {
            long requests = HttpFuzz.run(
                    service.managementPort(), Path.of("src/test/resources/fuzz/requests.txt"), answer -> false);

            assertThat(requests).as("requests beside the corpus").isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
            assertThat(log.alarms()).isEmpty();
        }
    }

    @Test
    void aFaultInAnyHandlerFailsItsOwnRequestAtOnce() throws Exception {
        Vertx vertx = Vertx.vertx();
        DataPort port = new Ports(vertx, new SimpleMeterRegistry())
                .listen(TestService.port(), () -> request -> {
                    switch (String.valueOf(request.path())) {
                        case "/head" -> throw new ArithmeticException("a secret");
                        case "/deep" -> deep(0);
                        case "/body" -> request.handler(chunk -> deep(0));
                        case "/end" ->
                            request.endHandler(ended -> {
                                throw new IllegalStateException("a secret");
                            });
                        case "/timer" ->
                            vertx.setTimer(1, passed -> {
                                throw new IllegalStateException("a secret");
                            });
                        case "/future" ->
                            vertx.executeBlocking(() -> 1).onSuccess(one -> {
                                throw new AssertionError("a secret");
                            });
                        case "/late" -> {
                            request.response().setChunked(true).write("begun");
                            throw new IllegalStateException("a secret");
                        }
                        default -> request.response().end("fine");
                    }
                })
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        try {
            for (String path : List.of("/head", "/deep", "/body", "/end", "/timer", "/future")) {
                try (RawConnection connection = RawConnection.to(port.number(), 20_000)) {
                    RawConnection.Answer answer = connection
                            .send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
                            .read();
                    assertThat(answer.status()).as(path).isEqualTo(500);
                    assertThat(answer.header("Content-Type")).as(path).isEqualTo("application/problem+json");
                    assertThat(answer.body()).as(path).doesNotContain("secret", "Exception");
                }
            }
            try (RawConnection connection = RawConnection.to(port.number(), 20_000)) {
                assertThat(connection
                                .send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .readAll())
                        .as("an answer that has begun is cut off, so that nobody takes it for complete")
                        .doesNotContain("\r\n0\r\n");
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    private static int deep(int depth) {
        return depth < 0 ? depth : deep(depth + 1) + 1;
    }
}

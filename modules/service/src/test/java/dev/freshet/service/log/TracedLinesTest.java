package dev.freshet.service.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.freshet.service.TestService;
import dev.freshet.service.port.Ports;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is logged while a request is worked for names the request's trace. */
class TracedLinesTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    private final Vertx vertx = Vertx.vertx();
    private final LoggerContext logging = new LoggerContext();
    private final PatternLayout layout = LoggingConfigurator.layout(logging);
    private int port;

    @BeforeEach
    void listen() throws Exception {
        port = new Ports(vertx, new SimpleMeterRegistry())
                .listen(TestService.port(), () -> this::answerWithALogLine)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .number();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void answerWithALogLine(HttpServerRequest request) {
        if (String.valueOf(request.path()).equals("/worker")) {
            vertx.executeBlocking(this::line).onSuccess(request.response()::end);
        } else {
            vertx.setTimer(1, timer -> request.response().end(line()));
        }
    }

    private String line() {
        return layout.doLayout(
                new LoggingEvent("", logging.getLogger("dev.freshet.Test"), Level.INFO, "done", null, null));
    }

    private String lineOf(String path, String traceparent) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .header("traceparent", traceparent)
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/timer", "/worker"})
    void theTraceFollowsTheRequestOverThreads(String path) throws Exception {
        assertThat(lineOf(path, "00-" + TRACE + "-b7ad6b7169203331-01"))
                .endsWith(" Test: done (trace " + TRACE + ")" + System.lineSeparator());
        assertThat(line()).as("no request's").endsWith(" Test: done" + System.lineSeparator());
    }

    @Test
    void whatIsNoTraceIsNotLogged() throws Exception {
        assertThat(lineOf("/timer", "00-whatever-01")).endsWith(" Test: done" + System.lineSeparator());
    }
}

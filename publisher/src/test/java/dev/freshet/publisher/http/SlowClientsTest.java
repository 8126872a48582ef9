package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that sends slowly holds memory until its deadline, and no longer. */
final class SlowClientsTest {

    /** So much a request may hold and count as small. */
    private static final int SMALL_BYTES = 16 << 10;

    private static final String CHANGE = "{\"region\":\"users\",\"keys\":[\"a\"]}";

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(
            publisher,
            "queue.maximum-bytes",
            "1MiB",
            "http.maximum-body",
            "64KiB",
            "http.maximum-line",
            "64KiB",
            "http.request-timeout",
            "1s");
    private final List<Socket> open = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        app.close();
    }

    private Socket begin(String contentType, int bodyBytes, String beginning) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), app.service().port());
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        open.add(socket);
        socket.getOutputStream()
                .write(("POST /v1/invalidations HTTP/1.1\r\nHost: x\r\nContent-Type: " + contentType
                                + "\r\nContent-Length: " + bodyBytes + "\r\n\r\n" + beginning)
                        .getBytes(UTF_8));
        return socket;
    }

    private double closedAsSlow() {
        return app.metric("freshet_http_connections_closed_total{port=\"data\",reason=\"slow\"}");
    }

    @Test
    void smallBodiesThatComeSlowlyKeepAnotherOutNoLongerThanTheirDeadline() {
        // As many as fill everything, also what is kept for small ones; again if the first have reached their deadline
        // meanwhile.
        await().until(() -> {
            for (int i = 0; i < (1 << 20) / SMALL_BYTES; i++) {
                begin("application/json", SMALL_BYTES + 1, "{".repeat(SMALL_BYTES));
            }
            return app.postJson(CHANGE).statusCode() == 503;
        });

        await().until(() -> app.postJson(CHANGE).statusCode() == 200);
        assertThat(closedAsSlow()).isPositive();
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 0);
    }

    @Test
    void aLineThatDribblesIsRefusedAtItsDeadlineThoughBytesCome() throws IOException {
        Socket socket = begin("application/x-ndjson", 1 << 20, CHANGE + "\n{\"region\":\"users\",\"keys\":[\"");
        await().until(() -> !publisher.log().isEmpty());
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream();

        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            if (in.available() == 0) {
                out.write('x');
            }
            return in.available() > 0;
        });
        assertThat(new String(in.readNBytes(12), UTF_8)).isEqualTo("HTTP/1.1 408");
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 0);
        assertThat(publisher.log()).as("the line before it").hasSize(1);
    }
}

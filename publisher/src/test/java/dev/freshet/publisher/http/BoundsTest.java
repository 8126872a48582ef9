package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.Background;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bounds what all clients together may hold: connections, and bodies and lines that do not end. */
final class BoundsTest {

    private static final String HEAD = String.join(
            "\r\n",
            "POST /v1/invalidations HTTP/1.1",
            "Host: x",
            "Content-Type: application/x-ndjson",
            "Content-Length: 100000000",
            "",
            "");

    private static final int LARGEST_BYTES = 64 << 10;

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(
            publisher, "http.maximum-connections", "20", "queue.maximum-bytes", "1MiB", "http.maximum-line", "1MiB");
    private final List<Socket> open = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        app.close();
    }

    private Socket connect() throws IOException {
        return connectTo(app);
    }

    private Socket connectTo(PublisherHarness publisher) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), publisher.service().port());
        socket.setSoTimeout(60_000);
        open.add(socket);
        return socket;
    }

    @Test
    void aConnectionTooManyIsClosedAndCountedWhileAllAreBusy() throws IOException {
        for (int i = 0; i < 20; i++) {
            connect().getOutputStream().write((HEAD + "{").getBytes(UTF_8));
        }
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 20);

        assertThat(connect().getInputStream().read()).isEqualTo(-1);
        assertThat(app.metric("freshet_publisher_http_connections_refused_total"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_http_connections_closed_total{port=\"data\",reason=\"refused\"}"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_publisher_http_connections")).isEqualTo(20);

        open.get(0).close();
        await().until(() -> app.metric("freshet_publisher_http_connections") == 19);
        assertThat(app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void silentConnectionsKeepNobodyOut() throws IOException {
        for (int i = 0; i < 150; i++) {
            connect();
        }
        await().until(() -> app.metric("freshet_publisher_http_connections") == 20);

        await().ignoreExceptions()
                .until(() ->
                        app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}").statusCode() == 200);
        assertThat(app.metric("freshet_publisher_http_connections")).isEqualTo(20);
        assertThat(app.metric("freshet_http_connections_closed_total{port=\"data\",reason=\"replaced\"}"))
                .isPositive();
    }

    /** Returns what was read when it ends with this text, which may come in several parts. */
    private static String readUpTo(String end, InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            assertThat(next).as("the end, behind " + text).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void linesThatDoNotEndAreCountedAndOneTooManyIsRefused() throws IOException {
        String half = "{\"region\":\"users\",\"keys\":[\"" + "x".repeat(600_000);
        connect().getOutputStream().write((HEAD + half).getBytes(UTF_8));
        await().until(() -> app.metric("freshet_publisher_request_bytes") >= 600_000);

        Socket second = connect();
        second.getOutputStream().write((HEAD + half).getBytes(UTF_8));
        assertThat(readUpTo("queue.maximum-bytes", second.getInputStream())).startsWith("HTTP/1.1 503");

        for (Socket socket : open) {
            socket.close();
        }
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 0);
    }

    @Test
    void largeBodiesThatComeSlowlyKeepNobodyFromPublishingAKey() throws IOException {
        try (PublisherHarness slow = withReserve()) {
            // Each is admitted before the next begins: of what large bodies may hold, less than one small body is left.
            for (int i = 1; i <= 14; i++) {
                sendAllButOneByte(slow);
                double held = i * (LARGEST_BYTES - 1.0);
                await().until(() -> slow.metric("freshet_publisher_request_bytes") == held);
            }
            String small = "{\"region\":\"users\",\"keys\":[\"a\"]}";
            String large = small + " ".repeat(20_000);

            assertThat(slow.postJson(large).statusCode())
                    .as("a large body, beyond seven eighths")
                    .isEqualTo(503);
            for (int i = 0; i < 10; i++) {
                assertThat(slow.postJson(small).statusCode())
                        .as("a small body, from the reserve")
                        .isEqualTo(200);
            }
            open.get(0).close();
            await().until(() -> slow.postJson(large).statusCode() == 200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, disconnects",
        "application/json, is malformed",
        "application/json, is too long",
        "application/json, is no change",
        "application/x-ndjson, disconnects",
        "application/x-ndjson, is malformed",
        "application/x-ndjson, is too long",
        "application/x-ndjson, is no change"
    })
    void howeverARequestEndsItHoldsNothingAfterwards(String contentType, String end) throws IOException {
        try (PublisherHarness ends = withReserve()) {
            Socket socket = connectTo(ends);
            socket.getOutputStream()
                    .write(("POST /v1/invalidations HTTP/1.1\r\nHost: x\r\nContent-Type: " + contentType
                                    + "\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + "{".repeat(1000) + "\r\n")
                            .getBytes(UTF_8));
            await().until(() -> ends.metric("freshet_publisher_request_bytes") == 1000);

            if (end.equals("disconnects")) {
                socket.close();
            } else {
                String rest = end.equals("is malformed")
                        ? "z\r\n"
                        : end.equals("is too long") ? "10000\r\n" + "{".repeat(LARGEST_BYTES) + "\r\n" : "0\r\n\r\n";
                socket.getOutputStream().write(rest.getBytes(UTF_8));
                assertThat(readUpTo("\r\n", socket.getInputStream())).startsWith("HTTP/1.1 4");
            }
            await().until(() -> ends.metric("freshet_publisher_request_bytes") == 0);
        }
    }

    /** The requests have about twice as many bytes as a connection gets, a quarter: it holds one of them at a time. */
    @Test
    void aConnectionHoldsOneRequestAtATimeHoweverManyItSends() throws Exception {
        int requests = 8;
        String change =
                "{\"region\":\"users\",\"keys\":[" + ("\"" + "k".repeat(300) + "\",").repeat(200) + "\"last\"]}";
        String request =
                "POST /v1/invalidations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                        + change.length() + "\r\n\r\n" + change;
        publisher.hold();
        try (PublisherHarness held = withReserve();
                RawConnection connection = RawConnection.to(held.service().port())) {
            CompletableFuture<Void> sent = Background.run(() -> connection.send(request.repeat(requests)));
            for (int i = 0; i < requests; i++) {
                await().pollInterval(Duration.ofMillis(5)).until(() -> publisher.queuedInvalidations() > 0);
                assertThat(held.metric("freshet_publisher_request_bytes")).isEqualTo(change.length());
                publisher.letGo(1);
                assertThat(connection.read().status()).isEqualTo(200);
            }
            sent.get(60, TimeUnit.SECONDS);
        }
        assertThat(publisher.maximumQueued()).as("requests in flight").isEqualTo(1);
    }

    /**
     * Starts a publisher whose requests hold 1 MiB. An eighth is kept for small ones, for no object or line is so large that it needs
     * more than the rest. No deadline passes during a test.
     */
    private PublisherHarness withReserve() {
        return PublisherHarness.start(
                publisher,
                "queue.maximum-bytes",
                "1MiB",
                "http.maximum-body",
                "64KiB",
                "http.maximum-line",
                "64KiB",
                "http.request-timeout",
                "1h");
    }

    /** Begins a request with the largest body, and leaves it one byte short. */
    private void sendAllButOneByte(PublisherHarness to) throws IOException {
        connectTo(to)
                .getOutputStream()
                .write(
                        ("POST /v1/invalidations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                        + LARGEST_BYTES + "\r\n\r\n" + "{".repeat(LARGEST_BYTES - 1))
                                .getBytes(UTF_8));
    }
}

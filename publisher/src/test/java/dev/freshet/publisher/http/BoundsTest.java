package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bounds what all clients together may hold: connections, and lines that do not end. */
final class BoundsTest {

    private static final String HEAD = String.join(
            "\r\n",
            "POST /v1/invalidations HTTP/1.1",
            "Host: x",
            "Content-Type: application/x-ndjson",
            "Content-Length: 100000000",
            "",
            "");

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
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), app.service().port());
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
        try (PublisherHarness slow = PublisherHarness.start(publisher, "queue.maximum-bytes", "8MiB")) {
            String half = "POST /v1/invalidations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 1000000\r\n\r\n" + "{".repeat(999_999);
            for (int i = 0; i < 9; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), slow.service().port());
                open.add(socket);
                socket.getOutputStream().write(half.getBytes(UTF_8));
            }
            await().until(() -> slow.metric("freshet_publisher_request_bytes") >= 5_900_000);

            for (int i = 0; i < 50; i++) {
                assertThat(slow.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}")
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }
}

package dev.freshet.publisher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** An orderly stop: readiness falls first, requests in flight finish, new connections are refused. */
final class StopTest {

    @Test
    void aRequestInFlightFinishesWhileTheProcessStops() throws IOException {
        FakePublisher publisher = new FakePublisher();
        PublisherHarness app = PublisherHarness.start(publisher, "shutdown.delay", "300ms", "shutdown.timeout", "30s");
        int port = app.service().port();
        try (Socket inFlight = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader answer =
                        new BufferedReader(new InputStreamReader(inFlight.getInputStream(), US_ASCII))) {
            write(
                    inFlight,
                    "POST /v1/invalidations HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + chunk("{\"region\":\"users\",\"all\":true}\n"));
            await().until(() -> publisher.log().size() == 1);

            CompletableFuture<Boolean> stopped =
                    Background.call(() -> app.service().stop());
            await().until(() -> app.management("/health/ready").statusCode() == 503);
            assertThat(app.management("/health/live").statusCode()).isEqualTo(200);
            assertThat(app.management("/health/ready").body()).contains("is stopping");
            await().until(() -> !canConnect(port));
            assertThat(stopped).isNotDone();
            assertThat(publisher.isClosed()).isFalse();

            write(inFlight, chunk("{\"region\":\"users\",\"keys\":[\"a\"]}\n") + "0\r\n\r\n");
            assertThat(answer.readLine()).isEqualTo("HTTP/1.1 200 OK");
            await().until(stopped::isDone);
            assertThat(stopped.join()).isTrue();
            assertThat(publisher.log()).hasSize(2);
            assertThat(publisher.isClosed()).isTrue();
        } finally {
            app.close();
        }
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
        socket.getOutputStream().flush();
    }

    private static boolean canConnect(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(socket.isConnected()).isTrue();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

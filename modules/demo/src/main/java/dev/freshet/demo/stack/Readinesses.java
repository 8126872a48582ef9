package dev.freshet.demo.stack;

import dev.freshet.demo.stack.ProcessSpec.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Checks whether the processes of the stack are up. */
final class Readinesses {

    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private Readinesses() {}

    /** Ready when this address answers 200. */
    static Readiness http(HttpClient client, URI uri) {
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
        return () -> {
            try {
                return client.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        };
    }

    /** Ready when a Redis on this port of the loopback interface answers PING. */
    static Readiness redis(int port) {
        return () -> {
            try (Socket socket = new Socket()) {
                int timeoutMillis = (int) TIMEOUT.toMillis();
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
                socket.setSoTimeout(timeoutMillis);
                socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
                return new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII).equals("+PONG");
            } catch (IOException e) {
                return false;
            }
        };
    }
}

package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.hostile.RawConnection;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A port that speaks TLS is guarded as one that does not. */
final class PortTlsGuardTest extends PortOverTls {

    @Test
    void aConnectionThatSaysNothingIsClosed() throws Exception {
        int port = listen("http.idle-timeout", "300ms");
        try (RawConnection silent = RawConnection.to(port, PATIENCE_MILLIS)) {
            await().until(() -> ports.openConnections() == 1);
            silent.awaitClose();
        }
        await().until(() -> ports.openConnections() == 0);
    }

    @Test
    void aHandshakeThatNeverEndsIsClosed() throws Exception {
        int port = listen("http.idle-timeout", "300ms");
        try (RawConnection slow = RawConnection.to(port, PATIENCE_MILLIS)) {
            Thread dribble = new Thread(() -> {
                // A record of 16 KiB of handshake, a byte at a time.
                slow.send(HexFormat.of().parseHex("16030140000100"));
                while (!Thread.currentThread().isInterrupted()) {
                    slow.send(new byte[] {0});
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            });
            dribble.start();
            try {
                slow.awaitClose();
            } finally {
                dribble.interrupt();
                dribble.join();
            }
        }
        await().until(() -> ports.openConnections() == 0);
    }

    @Test
    void aHeadThatNeverEndsEndsTheConnection() throws Exception {
        int port = listen("http.idle-timeout", "500ms");
        try (RawConnection slow = connect(port)) {
            slow.send("GET /x HTTP/1.1\r\nHost: localhost\r\nX: ").awaitClose();
        }
    }

    @Test
    void aBodyThatTakesTooLongIsRefused() throws Exception {
        int port = listen("http.request-timeout", "300ms");
        try (RawConnection slow = connect(port)) {
            RawConnection.Answer answer = slow.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx")
                    .read();

            assertThat(answer.status()).isEqualTo(408);
            slow.awaitClose();
        }
    }

    @Test
    void connectionsWithoutAHandshakeMakeRoom() throws Exception {
        int port = listen("http.maximum-connections", "8");
        List<RawConnection> silent = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            silent.add(RawConnection.to(port, PATIENCE_MILLIS));
        }
        await().until(() -> ports.openConnections() == 8);

        await().until(() -> get(port, trusting(null)) == 200);

        assertThat(closed("replaced")).isPositive();
        assertThat(ports.openConnections()).isLessThanOrEqualTo(8);
        silent.forEach(RawConnection::close);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /x HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
                "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
            })
    void anAmbiguousRequestIsRefusedAndTheConnectionEnds(String request) throws Exception {
        try (RawConnection connection = connect(listen())) {
            assertThat(connection.send(request).read().status()).isIn(400, 505);
            connection.awaitClose();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost\r\nOrigin: https://evil.com",
                "Host: localhost\r\nSec-Fetch-Site: cross-site",
                "Host: evil.com",
            })
    void aWebPageIsRefusedAlsoIfItsBrowserHasTheCertificate(String headers) throws Exception {
        int port = listen("http.tls.client-ca", file("ca.pem"));
        for (String method : List.of("GET", "POST", "OPTIONS")) {
            try (RawConnection page = RawConnection.tls(port, PATIENCE_MILLIS, trusting(client))) {
                RawConnection.Answer answer = page.send(method
                                + " /x HTTP/1.1\r\n" + headers
                                + "\r\nAccess-Control-Request-Method: POST\r\nContent-Length: 0\r\n\r\n")
                        .read();
                assertThat(answer.status()).isIn(403, 421);
                assertThat(answer.headers().keySet())
                        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control"));
            }
        }
    }
}

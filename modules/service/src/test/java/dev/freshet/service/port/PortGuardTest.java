package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.Service;
import dev.freshet.service.TestService;
import dev.freshet.service.hostile.RawConnection;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every HTTP port does before its handler sees a request. */
final class PortGuardTest {

    private static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Ports ports = new Ports(vertx, metrics);

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private int listen(String... settings) throws Exception {
        return listen(
                request -> request.body().onSuccess(body -> request.response().end("fine")), settings);
    }

    private int listen(Handler<HttpServerRequest> application, String... settings) throws Exception {
        return ports.listen(TestService.port(settings), () -> application)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .number();
    }

    private double closed(String reason) {
        return metrics.counter("freshet.http.connections.closed", "port", "data", "reason", reason)
                .count();
    }

    // --- smuggling ---

    /** A proxy in front may see other requests than this port in each of these: the connection must end. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: identity\r\n\r\n",
                "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                "Content-Length: 1, 2\r\n\r\nxx",
                "Content-Length : 1\r\n\r\nx",
                "Content-Length: +1\r\n\r\nx",
                "Content-Length: -1\r\n\r\nx",
                "Content-Length: 0x1\r\n\r\nx",
                "Content-Length: 1 1\r\n\r\nx",
                "Content-Length: \r\n\r\n",
                "Content-Length: 99999999999999999999\r\n\r\nx",
                " X: a\r\n\r\n",
                "X: a\r\n b\r\n\r\n",
                "X: a\r\n\tb\r\n\r\n",
                "X:\r\n a\r\n\r\n",
                "X: a\r\n \r\n\r\n",
                "X: a\r\n Content-Length: 40\r\n\r\n",
                "Content-Length:\r\n 1\r\n\r\nx",
                "Content-Length: 1\r\n 2\r\n\r\nx",
                "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n \r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\r\n X: a\r\n\r\n",
                "X: a\nY: b\r\n\r\n",
                "X: a\rY: b\r\n\r\n",
                "X: a\u0000b\r\n\r\n",
                "X\u0000: a\r\n\r\n",
                "X: a\u000bb\r\n\r\n",
                "X Y: a\r\n\r\n",
                ": a\r\n\r\n",
                "X\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5 5\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n\u00005\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nhello\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
            })
    void anAmbiguousFramingIsRefusedAndTheConnectionEnds(String headersAndBody) throws Exception {
        assertRefusedAndClosed(listen(), "POST /x HTTP/1.1\r\nHost: localhost\r\n" + headersAndBody);
        try (Service service = TestService.start()) {
            assertRefusedAndClosed(
                    service.managementPort(), "GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + headersAndBody);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0000GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "\u0001\u0002GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "\u007fGET /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /x\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /x HTTP/1.1 \r\nHost: localhost\r\n\r\n",
                "GET /x HTTP/1.1\nHost: localhost\n\n",
                "GET /x HTTP/1.1\rHost: localhost\r\r",
                "GET /x\r\n\r\n",
                "GET /x HTTP/2.0\r\nHost: localhost\r\n\r\n",
                "GET /x HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /x xHTTP/1.1\r\nHost: localhost\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            })
    void aMalformedRequestLineIsRefusedAndTheConnectionEnds(String request) throws Exception {
        assertRefusedAndClosed(listen(), request);
        try (Service service = TestService.start()) {
            assertRefusedAndClosed(service.managementPort(), request);
        }
    }

    /** Behind what is refused stands a second request, which must not be answered. */
    private static void assertRefusedAndClosed(int port, String request) {
        try (RawConnection connection = RawConnection.to(port, 20_000)) {
            String all = connection.send(request + GET).readAll();
            assertThat(all).containsPattern("^X?HTTP/[0-9.]+ 400 ").doesNotContain("fine");
            assertThat(all.split("HTTP/[0-9.]+ [0-9]", -1)).as(all).hasSize(2);
        }
    }

    @Test
    void anUpgradeToHttp2IsNotTaken() throws Exception {
        for (String upgrade : List.of(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AA==\r\nSec-WebSocket-Version: 13\r\n")) {
            try (Service service = TestService.start();
                    RawConnection management = RawConnection.to(service.managementPort(), 20_000);
                    RawConnection data = RawConnection.to(listen(), 20_000)) {
                String head = " HTTP/1.1\r\nHost: localhost\r\n" + upgrade + "\r\n";
                assertThat(management.send("GET /health/live" + head).read().status())
                        .isEqualTo(200);
                assertThat(data.send("GET /x" + head).read().status()).isEqualTo(200);
            }
        }
    }

    // --- hosts and pages ---

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "localhost:8700, 200",
        "LOCALHOST, 200",
        "a.localhost, 200",
        "127.0.0.1:8700, 200",
        "10.1.2.3, 200",
        "[::1]:8700, 200",
        "[fe80::1%25eth0], 200",
        "freshet-publisher:8700, 200",
        "freshet-publisher.shop.svc, 200",
        "freshet-publisher.shop.svc.cluster.local:8700, 200",
        "cache.example.com:1, 200",
        "a.b.example.org, 200",
        "example.org, 421",
        "evil.example.com, 421",
        "127.0.0.1.evil.com, 421",
        "localhost.evil.com, 421",
        "svc.evil.com, 421",
        "evil.com, 421",
        "evil.com:8700, 421",
        "evil.com., 421",
        "localhost:x, 421",
        "localhost@evil.com, 421",
        "'', 421",
    })
    void onlyNamesThatNoStrangerControlsAreServed(String host, int status) throws Exception {
        int port = listen("http.allowed-hosts", "cache.example.com,.example.org");
        try (RawConnection connection = RawConnection.to(port, 20_000)) {
            assertThat(connection
                            .send("GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Origin: http://evil.com, 403",
        "Origin: http://localhost:8700, 403",
        "Origin: null, 403",
        "Sec-Fetch-Site: cross-site, 403",
        "Sec-Fetch-Site: same-site, 403",
        "Sec-Fetch-Site: none, 200",
        "X: y, 200",
    })
    void aWebPageIsRefused(String header, int status) throws Exception {
        String request = " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n";
        try (Service service = TestService.start();
                RawConnection management = RawConnection.to(service.managementPort(), 20_000);
                RawConnection data = RawConnection.to(listen(), 20_000)) {
            assertThat(management.send("GET /health/live" + request).read().status())
                    .isEqualTo(status);
            assertThat(data.send("GET /x" + request).read().status()).isEqualTo(status);
        }
    }

    /** Behind each header, whether the port may be reached: it serves pages, and knows its own by their origin. */
    @ParameterizedTest
    @CsvSource({
        "GET, Origin: http://localhost, 200",
        "POST, Origin: http://localhost, 200",
        "POST, Origin: https://LOCALHOST, 200",
        "POST, Origin: http://localhost:8700, 403",
        "POST, Origin: http://evil.com, 403",
        "POST, Origin: localhost, 403",
        "POST, Origin: null, 403",
        "POST, Sec-Fetch-Site: same-origin, 200",
        "POST, Sec-Fetch-Site: cross-site, 403",
        "GET, Sec-Fetch-Site: cross-site, 403",
        "GET, Sec-Fetch-Site: cross-site;Sec-Fetch-Mode: navigate, 200",
        "POST, Sec-Fetch-Site: cross-site;Sec-Fetch-Mode: navigate, 403",
        "GET, Origin: http://localhost;Sec-Fetch-Site: cross-site, 403",
        "GET, Origin: http://localhost;Origin: http://evil.com, 403",
        "GET, X: y, 200",
    })
    void aPortThatServesPagesTakesRequestsOfItsOwn(String method, String headers, int status) throws Exception {
        int port = ports.listen(
                        "console",
                        TestService.port().withPages(),
                        () -> request -> request.response().end("fine"))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .number();
        try (RawConnection open = RawConnection.to(port, 20_000)) {
            String request = method + " /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                    + headers.replace(";", "\r\n") + "\r\n\r\n";
            assertThat(open.send(request).read().status()).isEqualTo(status);
        }
    }

    @Test
    void whereAnyHostIsAllowedPagesAreToo() throws Exception {
        try (RawConnection open = RawConnection.to(listen("http.allowed-hosts", "*"), 20_000)) {
            assertThat(open.send("GET /x HTTP/1.1\r\nHost: evil.com\r\nOrigin: http://evil.com\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRequestWithoutAHostIsRefused() throws Exception {
        int port = listen();
        for (String request : List.of("GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.0\r\n\r\n")) {
            try (RawConnection connection = RawConnection.to(port, 20_000)) {
                assertThat(connection.send(request).read().status()).isIn(400, 421);
            }
        }
    }

    // --- time and number ---

    @Test
    void aHeadThatNeverEndsEndsTheConnection() throws Exception {
        int port = listen("http.idle-timeout", "300ms");
        try (RawConnection silent = RawConnection.to(port, 20_000);
                RawConnection slow = RawConnection.to(port, 20_000)) {
            Thread dribble = new Thread(() -> {
                slow.send("GET /x HTTP/1.1\r\nHost: localhost\r\nX: ");
                while (!Thread.currentThread().isInterrupted()) {
                    slow.send("y");
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
            silent.awaitClose();
        }
    }

    @Test
    void aBodyThatTakesTooLongIsRefused() throws Exception {
        int port = listen("http.request-timeout", "300ms");
        try (RawConnection slow = RawConnection.to(port, 20_000)) {
            RawConnection.Answer answer = slow.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx")
                    .read();

            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.body()).contains("too-slow", "300ms");
            slow.awaitClose();
        }
        assertThat(closed("slow")).isEqualTo(1);
    }

    /** What a request holds, its handler gives back at its end; Vert.x tells no end after an answer. */
    @ParameterizedTest
    @CsvSource({"slow, 408, too-slow", "malformed, 400, malformed-request", "throws, 500, internal", "fine, 200,"})
    void aHandlerHearsOnceIfThePortAnsweredForIt(String how, int status, @Nullable String type) throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        int port = listen(
                request -> {
                    CurrentRequest.whenRefused(problem -> heard.add(problem.type()));
                    request.handler(chunk -> {
                        if (request.path().equals("/throws")) {
                            throw new IllegalStateException("a fault of the handler");
                        }
                    });
                    request.endHandler(ended -> request.response().end("fine"));
                },
                "http.request-timeout",
                how.equals("slow") ? "300ms" : "1h");
        String rest = how.equals("malformed") ? "z\r\n" : how.equals("slow") ? "" : "0\r\n\r\n";
        try (RawConnection connection = RawConnection.to(port)) {
            RawConnection.Answer answer = connection
                    .send("POST /" + how + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n" + rest)
                    .read();
            assertThat(answer.status()).isEqualTo(status);
            connection.awaitClose();
        }
        await().until(() -> ports.openConnections() == 0);
        assertThat(heard).isEqualTo(type == null ? List.of() : List.of(type));
    }

    @Test
    void aConnectionThatIsUsedIsKept() throws Exception {
        int port = listen("http.idle-timeout", "1s", "http.request-timeout", "500ms");
        try (RawConnection connection = RawConnection.to(port, 20_000)) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
            while (System.nanoTime() < end) {
                assertThat(connection.send(GET).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aSilentConnectionMakesRoomAndABusyOneDoesNot() throws Exception {
        int port = listen("http.maximum-connections", "8");
        List<RawConnection> busy = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            busy.add(RawConnection.to(port, 20_000)
                    .send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx"));
        }
        await().until(() -> ports.openConnections() == 8);
        try (RawConnection refused = RawConnection.to(port, 20_000)) {
            refused.awaitClose();
        }
        assertThat(ports.refusedConnections()).isEqualTo(1);
        assertThat(closed("refused")).isEqualTo(1);
        for (RawConnection connection : busy) {
            assertThat(connection.send("x").read().status()).isEqualTo(200);
        }
        await().until(() -> {
            try (RawConnection next = RawConnection.to(port, 20_000)) {
                return next.send(GET).read().status() == 200;
            }
        });
        assertThat(closed("replaced")).isPositive();
        busy.forEach(RawConnection::close);
    }

    // --- the end ---

    @Test
    void whileDrainingEachAnswerEndsItsConnection() throws Exception {
        int port = listen();
        try (RawConnection connection = RawConnection.to(port, 20_000)) {
            assertThat(connection.send(GET).read().header("Connection")).isEmpty();
            ports.drain();
            RawConnection.Answer last = connection.send(GET).read();
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.header("Connection")).isEqualTo("close");
            connection.awaitClose();
        }
    }
}

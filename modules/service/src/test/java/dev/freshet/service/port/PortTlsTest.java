package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.service.Service;
import dev.freshet.service.TestService;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A port that speaks TLS is guarded as one that does not, and follows its files. */
@SuppressWarnings("NullAway.Init") // before all tests, and each
final class PortTlsTest {

    private static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final long WATCH_MILLIS = 50;
    private static final int PATIENCE_MILLIS = 60_000;

    @TempDir
    static Path all;

    private static TestCertificates authority;
    private static TestCertificates stranger;
    private static Issued first;
    private static Issued second;
    private static Issued expired;
    private static Issued client;
    private static Issued foreignClient;

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Ports ports = new Ports(vertx, metrics, WATCH_MILLIS);

    @BeforeAll
    static void issue() throws IOException {
        authority = TestCertificates.in(Files.createDirectory(all.resolve("authority")));
        stranger = TestCertificates.in(Files.createDirectory(all.resolve("stranger")));
        first = authority.issue("first");
        second = authority.issue("second", "EC", TestCertificates.LOOPBACK);
        expired = authority.issueExpired("expired");
        client = authority.issue("client", "EC", TestCertificates.LOOPBACK);
        foreignClient = stranger.issue("client", "EC", TestCertificates.LOOPBACK);
    }

    @BeforeEach
    void use() throws IOException {
        use(first);
        copy(authority.ca(), "ca.pem");
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Replaces a file as a whole, as everybody should. */
    private void copy(Path from, String name) throws IOException {
        Path written = folder.resolve(name + ".new");
        Files.copy(from, written, StandardCopyOption.REPLACE_EXISTING);
        Files.move(written, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void use(Issued pair) throws IOException {
        copy(pair.certificate(), "tls.crt");
        copy(pair.key(), "tls.key");
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private int listen(String... more) throws Exception {
        List<String> settings =
                new ArrayList<>(List.of("http.tls.certificate", file("tls.crt"), "http.tls.key", file("tls.key")));
        settings.addAll(List.of(more));
        return ports.listen(
                        TestService.port(settings.toArray(String[]::new)),
                        () -> request -> request.body().onSuccess(body -> request.response()
                                .end(body.length() == 0 ? "fine" : body.toString())))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .number();
    }

    private static SSLContext trusting(@Nullable Issued shown) {
        return shown == null
                ? SecretFiles.clientContext(authority.ca(), null, null)
                : SecretFiles.clientContext(authority.ca(), shown.certificate(), shown.key());
    }

    private static RawConnection connect(int port) {
        return RawConnection.tls(port, PATIENCE_MILLIS, trusting(null));
    }

    private static int get(int port, SSLContext tls) {
        try (RawConnection connection = RawConnection.tls(port, PATIENCE_MILLIS, tls)) {
            return connection.send(GET).read().status();
        }
    }

    private static String shownAt(int port) {
        try (RawConnection connection = connect(port)) {
            return String.valueOf(connection.serverCertificate());
        }
    }

    private double closed(String reason) {
        return metrics.counter("freshet.http.connections.closed", "port", "data", "reason", reason)
                .count();
    }

    private double misconfigured() {
        return metrics.get("freshet.files.misconfigured")
                .tag("setting", "http.tls")
                .gauge()
                .value();
    }

    // --- what is spoken ---

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void requestsAreAnsweredOverModernVersions(String version) throws Exception {
        int port = listen();
        try (SSLSocket socket = (SSLSocket) trusting(null).getSocketFactory().createSocket("localhost", port)) {
            socket.setEnabledProtocols(new String[] {version});
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();

            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
            socket.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200 OK");
        }
    }

    /** The greeting of a client that knows nothing newer, with suites that were common then. */
    @ParameterizedTest
    @ValueSource(strings = {"0300", "0301", "0302"})
    void olderVersionsAreRefused(String version) throws Exception {
        String greeting = version + "11".repeat(32) + "00" + "000a" + "c013c014002f003500ff" + "0100";
        String message = "01" + HexFormat.of().toHexDigits(greeting.length() / 2, 6) + greeting;
        String record = "16" + version + HexFormat.of().toHexDigits(message.length() / 2, 4) + message;
        try (RawConnection old = RawConnection.to(listen(), PATIENCE_MILLIS)) {
            String answer = old.send(HexFormat.of().parseHex(record)).readAll();

            // A fatal alert: protocol version, or no suite in common.
            assertThat(answer).startsWith("\u0015");
            assertThat((int) answer.charAt(6)).isIn(70, 40);
        }
        await().until(() -> closed("handshake") == 1);
    }

    @Test
    void aClientThatWantsAnotherProtocolThanHttp1IsRefused() throws Exception {
        try (SSLSocket socket = (SSLSocket) trusting(null).getSocketFactory().createSocket("localhost", listen())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);

            assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
        }
    }

    @Test
    void plainHttpIsToldWhatIsWrong() throws Exception {
        int port = listen();
        try (LogWatch log = LogWatch.start();
                RawConnection plain = RawConnection.to(port, PATIENCE_MILLIS)) {
            RawConnection.Answer answer = plain.send(
                            "GET /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hush\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("tls-required", "https://");
            plain.awaitClose();
            assertThat(log.lines()).noneMatch(line -> line.contains("hush"));
        }
        assertThat(closed("handshake")).isEqualTo(1);
    }

    @Test
    void whatIsNoTlsEndsTheConnectionAndIsNotLogged() throws Exception {
        int port = listen();
        try (LogWatch log = LogWatch.start();
                RawConnection noise = RawConnection.to(port, PATIENCE_MILLIS)) {
            noise.send("\u0001\u0002hush-hush-hush").awaitClose();
            await().until(() -> closed("handshake") == 1);
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("does not speak TLS"))
                    .noneMatch(line -> line.contains("hush")
                            || line.contains(HexFormat.of().formatHex("hush".getBytes(StandardCharsets.US_ASCII))));
        }
    }

    @Test
    void largeBodiesPassBothWaysAndOneAfterAnother() throws Exception {
        String body = "0123456789abcdef".repeat(100_000);
        try (RawConnection connection = connect(listen())) {
            for (int i = 0; i < 3; i++) {
                RawConnection.Answer answer = connection
                        .send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .read();
                assertThat(answer.body()).isEqualTo(body);
            }
        }
    }

    // --- certificates of clients ---

    @Test
    void aClientNeedsACertificateOfTheAuthorityIfOneIsNamed() throws Exception {
        int port = listen("http.tls.client-ca", file("ca.pem"));

        assertThat(get(port, trusting(client))).isEqualTo(200);
        assertThat(get(port, trusting(null))).isZero();
        assertThat(get(port, trusting(foreignClient))).isZero();
        await().until(() -> closed("handshake") == 2);
    }

    @Test
    void anAuthorityThatIsReplacedShutsOutTheClientsOfTheFormerOne() throws Exception {
        int port = listen("http.tls.client-ca", file("ca.pem"));
        SSLContext former = trusting(client);
        assertThat(get(port, former)).isEqualTo(200);

        copy(stranger.ca(), "ca.pem");

        // Also one that would resume its session.
        await().until(() -> get(port, former) == 0);
        assertThat(get(port, trusting(foreignClient))).isEqualTo(200);
    }

    // --- files that change ---

    @Test
    void certificatesAreReplacedUnderLoadWithoutAFailedRequest() throws Exception {
        int port = listen();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        ExecutorService callers = Executors.newFixedThreadPool(3);
        List<Future<?>> loads = new ArrayList<>();
        try {
            loads.add(callers.submit(() -> {
                try (RawConnection kept = connect(port)) {
                    while (!isOver.get()) {
                        assertThat(kept.send(GET).read().status()).isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }
            }));
            for (int i = 0; i < 2; i++) {
                loads.add(callers.submit(() -> {
                    while (!isOver.get()) {
                        assertThat(get(port, trusting(null))).isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }));
            }
            for (Issued next : List.of(second, first, second)) {
                String before = shownAt(port);
                use(next);
                await().until(() -> !shownAt(port).equals(before));
                long soFar = answered.get();
                await().until(() -> answered.get() > soFar + 20);
            }
        } finally {
            isOver.set(true);
            callers.shutdown();
        }
        for (Future<?> load : loads) {
            succeeds(load);
        }
        assertThat(misconfigured()).isZero();
    }

    private static void succeeds(Future<?> load) throws Exception {
        try {
            assertThat(load.get(60, TimeUnit.SECONDS)).isNull();
        } catch (ExecutionException e) {
            throw new AssertionError("a request failed", e.getCause());
        }
    }

    @FunctionalInterface
    private interface Damage {
        void to(PortTlsTest test) throws IOException;
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("key of another", test -> test.copy(second.key(), "tls.key"), "does not belong to"),
                damage("no file", test -> Files.delete(test.folder.resolve("tls.crt")), "does not exist"),
                damage("no key", test -> test.write("tls.key"), "holds no private key"),
                damage("no certificate", test -> test.write("tls.crt"), "holds no certificate"),
                damage("expired", test -> test.use(expired), "expired"),
                damage("no authority", test -> test.write("ca.pem"), "holds no certificate"));
    }

    private static Arguments damage(String name, Damage damage, String told) {
        return Arguments.of(Named.of(name, damage), told);
    }

    private void write(String name) throws IOException {
        Files.writeString(folder.resolve(name), "hush-hush");
    }

    @ParameterizedTest
    @MethodSource("damages")
    void filesThatCannotBeUsedLeaveTheOldInUseAndShow(Damage damage, String told) throws Exception {
        int port = listen("http.tls.client-ca", file("ca.pem"));
        try (LogWatch log = LogWatch.start()) {
            damage.to(this);

            await().until(() -> misconfigured() == 1);
            assertThat(ports.misconfiguration())
                    .contains("http.tls", told, "stays in use")
                    .doesNotContain("hush");
            assertThat(get(port, trusting(client))).isEqualTo(200);

            use();
            await().until(() -> misconfigured() == 0);
            assertThat(ports.misconfiguration()).isNull();
            assertThat(log.lines().stream().filter(line -> line.contains(told))).hasSize(1);
        }
    }

    @Test
    void filesThatCannotBeUsedAtTheStartAreNamed() throws Exception {
        copy(second.key(), "tls.key");

        assertThatThrownBy(this::listen)
                .hasMessageContaining("http.tls")
                .hasMessageContaining(file("tls.key"))
                .hasMessageContaining("does not belong to");
    }

    @Test
    void theRestOfTheCertificatesLifeIsAMetric() throws Exception {
        assertThat(listen()).isPositive();

        // Issued yesterday for thirty days.
        assertThat(metrics.get("freshet.certificate.remaining")
                        .tag("setting", "http.tls")
                        .gauge()
                        .value())
                .isBetween(0.9, 0.98);
    }

    // --- settings ---

    @Test
    void aCertificateAndItsKeyComeTogether() {
        assertThatThrownBy(() -> TestService.port("http.tls.certificate", "a.pem"))
                .hasMessageContaining("http.tls.certificate: must come with key");
        assertThatThrownBy(() -> TestService.port("http.tls.key", "a.pem"))
                .hasMessageContaining("http.tls.key: must come with certificate");
        assertThatThrownBy(() -> TestService.port("http.tls.client-ca", "a.pem"))
                .hasMessageContaining("http.tls.client-ca: must come with certificate");
    }

    // --- the guard behind TLS ---

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

    // --- the management port ---

    @Test
    void theManagementPortSpeaksTlsTooAndSaysWhatToMend() throws Exception {
        try (Service service = TestService.start(
                "management.tls.certificate", file("tls.crt"), "management.tls.key", file("tls.key"))) {
            int port = service.managementPort();
            assertThat(ready(port).status()).isEqualTo(200);

            copy(second.key(), "tls.key");

            await().until(() -> ready(port).body().contains("misconfigured"));
            assertThat(ready(port).status()).isEqualTo(200);
            assertThat(ready(port).body()).contains("management.tls", "does not belong to", file("tls.key"));
        }
    }

    private static RawConnection.Answer ready(int port) {
        try (RawConnection connection = connect(port)) {
            return connection
                    .send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read();
        }
    }
}

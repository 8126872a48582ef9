package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.Service;
import dev.freshet.service.TestService;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a port that speaks TLS understands, and whom it lets in. */
@SuppressWarnings("NullAway.Init") // before all tests
final class PortTlsTest extends PortOverTls {

    private static TestCertificates stranger;
    private static Issued foreignClient;

    @BeforeAll
    static void issueElsewhere() throws IOException {
        stranger = TestCertificates.in(Files.createDirectory(all.resolve("stranger")));
        foreignClient = stranger.issue("client", "EC", TestCertificates.LOOPBACK);
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

    // --- the management port ---

    @Test
    void theManagementPortSpeaksTlsTooAndSaysWhatToMend() throws Exception {
        try (Service service = TestService.start(
                "management.tls.certificate", file("tls.crt"), "management.tls.key", file("tls.key"))) {
            int port = service.managementPort();
            assertThat(ready(port).status()).isEqualTo(200);

            copy(client.key(), "tls.key");

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

package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ScriptedServer;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS to real servers, with PEM files that are read for each connection. */
@SuppressWarnings("NullAway.Init") // before all tests
class TlsTest {

    @TempDir
    static Path all;

    private static TestCertificates authority;
    private static TestCertificates stranger;
    private static Issued client;

    /** Accepts clients that have a certificate only. */
    private static RedisServer mutual;

    private static RedisServer open;

    @RegisterExtension
    final Closing closing = new Closing();

    @RegisterExtension
    final Logged logged = new Logged();

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        authority = TestCertificates.in(Files.createDirectory(all.resolve("authority")));
        stranger = TestCertificates.in(Files.createDirectory(all.resolve("stranger")));
        client = authority.issue("client");
        Issued server = authority.issue("server");
        mutual = RedisServer.builder().withTls(authority.ca(), server, "yes").start();
        open = RedisServer.builder().withTls(authority.ca(), server, "no").start();
    }

    @AfterAll
    static void stop() {
        mutual.close();
        open.close();
    }

    private static RedisConfig config(
            RedisServer server, @Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
        return config("redis://127.0.0.1:" + server.tlsPort(), ca, certificate, key);
    }

    private static RedisConfig config(String uri, @Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
        return RedisConfig.of(uri).withAccess(RedisAccess.PLAIN.withTlsFiles(ca, certificate, key));
    }

    private static RedisConfig mutual(Issued issued) {
        return config(mutual, authority.ca(), issued.certificate(), issued.key());
    }

    private static String whyNot(RedisConfig redis) {
        try (LogReader log = LogReader.of(redis, "users")) {
            log.head();
            return "";
        } catch (BusException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Publisher publisher(RedisConfig redis) {
        return closing.closing(Publisher.connect(PublisherConfig.of(redis.uri()).withRedis(redis)));
    }

    @Test
    void everyConnectionIsEncryptedWhoeverMakesIt() {
        RedisConfig redis = mutual(client);
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = closing.closing(
                Subscriber.connect(SubscriberConfig.of(redis.uri()).withRedis(redis), Map.of("users", reader)));
        Publisher publisher = publisher(redis);
        RedisTier tier = closing.closing(RedisTier.connect(RedisTierConfig.of(redis, "test")));
        await().until(() -> subscriber.isCaughtUp() && publisher.isConnected());

        publisher.publish("users", Change.ofKeys("a")).join();

        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("a"));
        assertThat(publisher.region("users").join().members()).hasSize(1);
        await().untilAsserted(() -> assertThat(
                        tier.region("users", Duration.ofSeconds(10)).read("a").join())
                .isNotInstanceOf(TierRead.Unavailable.class));
        assertThat(whyNot(redis)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void keysOfEachAlgorithmAreRead(String algorithm) {
        assertThat(whyNot(mutual(authority.issue(algorithm, algorithm, TestCertificates.LOOPBACK))))
                .isEmpty();
    }

    /** As cert-manager and older OpenSSL write them. */
    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void soAreKeysInTheOlderForms(String algorithm) throws IOException {
        Issued issued = authority.issue("old-" + algorithm, algorithm, TestCertificates.LOOPBACK);
        byte[] pkcs8 = java.util.Base64.getMimeDecoder()
                .decode(Files.readString(issued.key()).replaceAll("-----[^-]+-----", ""));
        Path old = file(
                "old.pem",
                (algorithm.equals("EC") ? TestCertificates.pem("EC PARAMETERS", Pkcs8.curve(pkcs8)) : "")
                        + TestCertificates.pem(algorithm + " PRIVATE KEY", Pkcs8.key(pkcs8)));

        assertThat(whyNot(mutual(new Issued(issued.certificate(), old)))).isEmpty();
    }

    @Test
    void aFileMayHoldSeveralBlocksAndTextBetweenThem() throws IOException {
        Path bundle = file(
                "bundle.pem",
                "# ours\n" + Files.readString(stranger.ca()) + "# theirs\n" + Files.readString(authority.ca()));
        Path both = file("both.pem", Files.readString(client.key()) + Files.readString(client.certificate()));
        assertThat(whyNot(config(mutual, bundle, both, both))).isEmpty();
    }

    @Test
    void aServerOfAnotherAuthorityIsRefused() throws IOException {
        assertThat(whyNot(config(open, stranger.ca(), null, null)))
                .startsWith("Redis at 127.0.0.1:" + open.tlsPort()
                        + " shows a certificate that no trusted authority (redis.tls.ca) issued");
        assertThat(whyNot(RedisConfig.of(open.tlsUri()))).contains("no trusted authority");
        Path namesake = Files.createDirectories(folder.resolve("authority"));
        assertThat(whyNot(config(open, TestCertificates.in(namesake).ca(), null, null)))
                .contains("no trusted authority");
    }

    @Test
    void aServerWhoseCertificateIsForAnotherNameIsRefused() {
        Issued elsewhere = authority.issue("elsewhere", "RSA", "dns:redis.example.org,ip:10.0.0.1");
        try (RedisServer server =
                RedisServer.builder().withTls(authority.ca(), elsewhere, "no").start()) {
            assertThat(whyNot(config(server, authority.ca(), null, null)))
                    .contains("shows a certificate that does not fit", "127.0.0.1");
            assertThat(whyNot(config("redis://localhost:" + server.tlsPort(), authority.ca(), null, null)))
                    .contains("shows a certificate that does not fit", "localhost");
        }
    }

    @Test
    void aServerWhoseCertificateHasExpiredIsRefused() {
        try (RedisServer server = RedisServer.builder()
                .withTls(authority.ca(), authority.issueExpired("expired-server"), "no")
                .start()) {
            assertThat(whyNot(config(server, authority.ca(), null, null)))
                    .contains("shows a certificate that has expired");
        }
    }

    @Test
    void aServerThatWantsACertificateSaysSo() {
        assertThat(whyNot(config(mutual, authority.ca(), null, null)))
                .startsWith("Redis at 127.0.0.1:" + mutual.tlsPort() + " refuses TLS")
                .contains("client certificate", "redis.tls.certificate");
        Issued foreign = stranger.issue("foreign");
        assertThat(whyNot(mutual(foreign))).contains("redis.tls.certificate");
    }

    @Test
    void aPortWithoutTlsSaysSo() throws IOException {
        // Redis waits for the end of what it takes for a command.
        assertThat(whyNot(config("redis://127.0.0.1:" + open.port(), authority.ca(), null, null)))
                .contains("is it a port for TLS?");
        try (ScriptedServer talkative =
                ScriptedServer.start(ScriptedServer.answering("-ERR what?\r\n".getBytes(StandardCharsets.UTF_8)))) {
            assertThat(whyNot(config(talkative.uri(), authority.ca(), null, null)))
                    .contains("does not speak TLS at this port");
        }
    }

    @Test
    void aFileThatIsWrongIsNamedWithItsCause() throws IOException {
        Path absent = folder.resolve("absent.pem");
        Path text = file("text.pem", "hello");
        Path cut = file("cut.pem", TestCertificates.pem("CERTIFICATE", new byte[] {1, 2, 3}));
        Path cutKey = file("cut-key.pem", TestCertificates.pem("PRIVATE KEY", new byte[] {1, 2, 3}));
        Path locked = file("locked.pem", TestCertificates.pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
        Path lockedOld = file("locked-old.pem", """
                -----BEGIN RSA PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-256-CBC,00

                AAAA
                -----END RSA PRIVATE KEY-----
                """);
        Issued expired = authority.issueExpired("expired-client");
        Issued other = authority.issue("other");
        Issued otherKind = authority.issue("other-kind", "EC", TestCertificates.LOOPBACK);

        assertThat(whyNot(config(open, absent, null, null)))
                .isEqualTo("the CA file " + absent + " cannot be read: it does not exist");
        assertThat(whyNot(config(open, text, null, null)))
                .isEqualTo("the CA file " + text + " holds no certificate in PEM form");
        assertThat(whyNot(config(open, cut, null, null)))
                .isEqualTo("the CA file " + cut + " holds a certificate that cannot be read");
        assertThat(whyNot(mutual(new Issued(absent, client.key()))))
                .isEqualTo("the certificate file " + absent + " cannot be read: it does not exist");
        assertThat(whyNot(mutual(new Issued(client.certificate(), text))))
                .isEqualTo("the key file " + text + " holds no private key in PEM form");
        assertThat(whyNot(mutual(new Issued(client.certificate(), cutKey))))
                .startsWith("the key file " + cutKey + " holds a private key that cannot be read");
        assertThat(whyNot(mutual(new Issued(client.certificate(), locked))))
                .startsWith("the key file " + locked + " holds a key with a password");
        assertThat(whyNot(mutual(new Issued(client.certificate(), lockedOld))))
                .startsWith("the key file " + lockedOld + " holds a key with a password");
        assertThat(whyNot(mutual(new Issued(client.certificate(), other.key()))))
                .isEqualTo("the key file " + other.key() + " does not belong to the first certificate in "
                        + client.certificate());
        assertThat(whyNot(mutual(new Issued(client.certificate(), otherKind.key()))))
                .contains("does not belong to the first certificate");
        assertThat(whyNot(mutual(expired)))
                .startsWith(
                        "the certificate file " + expired.certificate() + " holds a certificate that expired on 20");
        assertThatThrownBy(() -> RedisAccess.PLAIN.withTlsFiles(null, client.certificate(), null))
                .hasMessage("a certificate needs its key");
    }

    @Test
    void aCertificateThatIsReplacedNeedsNoRestart() throws IOException {
        Issued expired = authority.issueExpired("before");
        Path certificate = Files.copy(expired.certificate(), folder.resolve("tls.crt"));
        Path key = Files.copy(expired.key(), folder.resolve("tls.key"));
        Publisher publisher = publisher(config(mutual, authority.ca(), certificate, key));
        await().untilAsserted(() -> assertThatThrownBy(
                        () -> publisher.publish("users", Change.ofKeys("a")).join())
                .hasMessageContaining("holds a certificate that expired"));

        Files.copy(client.key(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(client.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);

        await().ignoreExceptions().untilAsserted(() -> assertThat(
                        publisher.publish("users", Change.ofKeys("b")).get())
                .isNotNull());
    }

    @Test
    void sentinelsMaySpeakTlsThoughTheirMasterDoesNot() {
        Issued watcher = authority.issue("watcher");
        try (RedisServer sentinel = RedisServer.builder()
                .withTls(authority.ca(), watcher, "yes")
                .withSetting("sentinel monitor main 127.0.0.1 " + open.port() + " 1")
                .start()) {
            RedisConfig config = RedisConfig.of("redis-sentinel://127.0.0.1:" + sentinel.tlsPort() + "/main");
            assertThat(whyNot(config.withSentinelAccess(
                            RedisAccess.PLAIN.withTlsFiles(authority.ca(), client.certificate(), client.key()))))
                    .isEmpty();
            assertThat(whyNot(config.withSentinelAccess(RedisAccess.PLAIN.withTlsFiles(stranger.ca(), null, null))))
                    .startsWith("the sentinel at 127.0.0.1:" + sentinel.tlsPort() + " shows a certificate");
        }
    }

    /** The factory is the application's; what it does must not reach the bus's threads. */
    private abstract static class Misbehaving extends SSLSocketFactory {
        @Override
        public Socket createSocket(String host, int port) {
            throw new AssertionError();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            throw new AssertionError();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new AssertionError();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            throw new AssertionError();
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }
    }

    private static RedisConfig with(SSLSocketFactory factory) {
        return RedisConfig.of("redis://127.0.0.1:" + open.tlsPort())
                .withAccess(RedisAccess.PLAIN.withTls(factory))
                .withTimeouts(Duration.ofMillis(200), Duration.ofSeconds(2));
    }

    @Test
    void aFactoryOfTheApplicationIsUsedAndContained() {
        assertThat(whyNot(with(new Misbehaving() {
                    @Override
                    public Socket createSocket(Socket plain, String host, int port, boolean autoClose) {
                        throw new LinkageError("s3cret");
                    }
                })))
                .isEqualTo("the TLS socket factory failed with java.lang.LinkageError");
        assertThat(whyNot(with(new Misbehaving() {
                    @Override
                    public Socket createSocket(Socket plain, String host, int port, boolean autoClose)
                            throws IOException {
                        try (InputStream silent = plain.getInputStream()) {
                            return new Socket(host, silent.read());
                        }
                    }
                })))
                .isNotEmpty();
        assertThat(logged.lines()).noneMatch(line -> line.contains("s3cret"));
        assertThat(RedisAccess.PLAIN.withTls(new Misbehaving() {
                    @Override
                    public Socket createSocket(Socket plain, String host, int port, boolean autoClose) {
                        return plain;
                    }

                    @Override
                    public String toString() {
                        return "s3cret";
                    }
                }))
                .asString()
                .doesNotContain("s3cret");
    }

    /** The parts of a key in PKCS#8 form, all of whose lengths take up to two bytes. */
    private static final class Pkcs8 {

        private Pkcs8() {}

        /** The key in the form that its algorithm had before. */
        static byte[] key(byte[] pkcs8) {
            int at = content(pkcs8, 0); // of the sequence
            at = behind(pkcs8, at); // of the version
            at = behind(pkcs8, at); // of the algorithm
            return java.util.Arrays.copyOfRange(pkcs8, content(pkcs8, at), behind(pkcs8, at));
        }

        /** The identifier of an EC key's curve. */
        static byte[] curve(byte[] pkcs8) {
            int at = content(pkcs8, behind(pkcs8, content(pkcs8, 0)));
            int curve = behind(pkcs8, at);
            return java.util.Arrays.copyOfRange(pkcs8, curve, behind(pkcs8, curve));
        }

        private static int content(byte[] der, int at) {
            int length = der[at + 1] & 0xff;
            return at + 2 + (length < 0x80 ? 0 : length - 0x80);
        }

        private static int behind(byte[] der, int at) {
            int length = der[at + 1] & 0xff;
            if (length >= 0x80) {
                int more = length - 0x80;
                length = 0;
                for (int i = 0; i < more; i++) {
                    length = (length << 8) | (der[at + 2 + i] & 0xff);
                }
            }
            return content(der, at) + length;
        }
    }

    @Test
    void aSecretIsInNoText() throws IOException {
        Path key = file("key.pem", "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----\n");
        String why = whyNot(mutual(new Issued(client.certificate(), key)));
        assertThat(why).contains(key.toString()).doesNotContain("s3cret", "czNjcmV0");
        assertThat(logged.lines()).noneMatch(line -> line.contains("czNjcmV0"));
        assertThat(new String(Files.readAllBytes(key), StandardCharsets.UTF_8)).contains("czNjcmV0");
    }
}

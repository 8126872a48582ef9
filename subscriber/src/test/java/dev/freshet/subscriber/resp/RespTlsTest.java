package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/** TLS on the RESP port, and from there to Redis. */
@SuppressWarnings("NullAway.Init") // before each test
class RespTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    private Path folder;

    @Test
    void clientsSpeakTlsToThePort() throws Exception {
        TestCertificates authority = TestCertificates.in(folder);
        Issued port = authority.issue("port");
        try (RedisServer redis = RedisServer.builder().start();
                Sidecar sidecar = Sidecar.start(
                        "redis://127.0.0.1:" + redis.port(),
                        "resp.tls.certificate",
                        port.certificate().toString(),
                        "resp.tls.key",
                        port.key().toString());
                Jedis client = encrypted(sidecar.port(), authority)) {
            client.set("user:1", "v");
            assertThat(sidecar.readLocally(client, "user:1")).isEqualTo("v");
            try (Wire plain = new Wire(sidecar.port())) {
                plain.send("PING\r\n");
                assertThat(plain.line()).isEqualTo("-ERR this port speaks TLS only");
            }
        }
    }

    @Test
    void thePortSpeaksTlsToRedis() {
        TestCertificates authority = TestCertificates.in(folder);
        try (RedisServer redis = RedisServer.builder().withTls(authority).start();
                Sidecar sidecar = Sidecar.start(
                        redis.tlsUri(), "redis.tls.ca", authority.ca().toString());
                Jedis client = sidecar.client();
                Jedis direct = new Jedis(redis.host(), redis.port())) {
            client.set("user:1", "v".repeat(100_000));
            assertThat(sidecar.readLocally(client, "user:1")).hasSize(100_000);
            direct.set("user:1", "w");
            await().untilAsserted(() -> assertThat(client.get("user:1")).isEqualTo("w"));
        }
    }

    private Jedis encrypted(int port, TestCertificates authority) throws IOException, GeneralSecurityException {
        SslOptions trusting = SslOptions.builder()
                .truststore(trusting(authority.ca()).toFile(), PASSWORD.toCharArray())
                .trustStoreType("PKCS12")
                .sslVerifyMode(SslVerifyMode.FULL)
                .build();
        return new Jedis(
                new HostAndPort("localhost", port),
                DefaultJedisClientConfig.builder()
                        .sslOptions(trusting)
                        .timeoutMillis(60_000)
                        .build());
    }

    private Path trusting(Path ca) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(ca)) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        Path file = folder.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            trusted.store(out, PASSWORD.toCharArray());
        }
        return file;
    }
}

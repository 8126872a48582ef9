package dev.freshet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

class RedisServerTest {

    @Test
    void aClientReachesItAndItIsTheVersionThatItClaims() {
        try (RedisServer server = RedisServer.started();
                Jedis jedis = new Jedis(URI.create(server.uri()))) {
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
            assertThat(jedis.info("server")).contains("redis_version:" + server.version());
        }
    }

    @Test
    void aReplyKeepsItsBytesAndItsForm() {
        try (RedisServer server = RedisServer.started()) {
            byte[] bytes = {0, '\r', '\n', (byte) 0xff};
            assertThat(server.reply(command("SET", "k", bytes))).isEqualTo("OK");
            assertThat(server.reply(command("GET", "k"))).isEqualTo(bytes);
            assertThat(server.reply(command("GET", "none"))).isNull();
            Object list = server.reply(command("EVAL", "return {1, false, {ARGV[1]}, {}}", "0", bytes));
            assertThat(list).usingRecursiveComparison().isEqualTo(Arrays.asList(1L, null, List.of(bytes), List.of()));
            assertThatThrownBy(() -> server.reply(command("INCR", "k")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("ERR");
        }
    }

    private static List<byte[]> command(Object... parts) {
        return Arrays.stream(parts)
                .map(part ->
                        part instanceof byte[] bytes ? bytes : part.toString().getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void whatItPrintedCanBeRead() {
        try (RedisServer server = RedisServer.started()) {
            assertThat(server.log()).contains("Ready to accept connections");
        }
    }

    @Test
    void afterAKillItComesBackEmptyOnTheSamePort() {
        try (RedisServer server = RedisServer.started()) {
            int port = server.port();
            server.execute("SET", "k", "v");
            String runId = runId(server);

            server.kill();
            assertThat(server.isRunning()).isFalse();
            assertThatThrownBy(() -> server.execute("PING")).hasRootCauseInstanceOf(java.net.ConnectException.class);

            server.start();
            assertThat(server.port()).isEqualTo(port);
            assertThat(server.execute("GET", "k")).isEmpty();
            assertThat(runId(server)).isNotEqualTo(runId);
        }
    }

    @Test
    void whatAnAppendOnlyFileSyncedSurvivesAKillButNotAnEmptyStart() {
        try (RedisServer server = RedisServer.builder()
                .withSetting("appendonly yes")
                .withSetting("appendfsync always")
                .start()) {
            server.execute("SET", "k", "v");
            server.kill();
            server.start();
            assertThat(server.execute("GET", "k")).isEqualTo("v");

            server.startEmpty();
            assertThat(server.execute("GET", "k")).isEmpty();
        }
    }

    @Test
    void aSaveMakesItReturnWithAnOlderState() {
        try (RedisServer server = RedisServer.started()) {
            server.execute("SET", "k", "old");
            server.execute("SAVE");
            server.execute("SET", "k", "new");
            server.kill();
            server.start();
            assertThat(server.execute("GET", "k")).isEqualTo("old");
        }
    }

    @Test
    void aStopIsOrderlyAndAStartBringsItBack() {
        try (RedisServer server = RedisServer.started()) {
            server.stop();
            assertThat(server.isRunning()).isFalse();
            server.start();
            assertThat(server.execute("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void whilePausedItKeepsConnectionsOpenAndAnswersNothing() throws Exception {
        try (RedisServer server = RedisServer.started();
                Jedis jedis = new Jedis(
                        new HostAndPort(server.host(), server.port()),
                        DefaultJedisClientConfig.builder()
                                .socketTimeoutMillis(60_000)
                                .build())) {
            jedis.ping();
            server.pause();
            jedis.getConnection().setSoTimeout(200);
            assertThatThrownBy(jedis::ping).isInstanceOf(JedisConnectionException.class);

            CompletableFuture<String> answer = Background.call(() -> server.execute("PING"));
            server.resume();
            assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("PONG");
        }
    }

    @Test
    void aPausedOneCanBeKilled() {
        try (RedisServer server = RedisServer.started()) {
            server.pause();
            server.kill();
            server.start();
            assertThat(server.execute("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void aPasswordIsDemandedAndPartOfTheUri() {
        try (RedisServer server = RedisServer.builder().withPassword("se:cr@t").start()) {
            try (Jedis jedis = new Jedis(URI.create(server.uri()))) {
                assertThat(jedis.ping()).isEqualTo("PONG");
            }
            assertThatThrownBy(() -> {
                        try (Jedis stranger = new Jedis(server.host(), server.port())) {
                            stranger.ping();
                        }
                    })
                    .hasMessageContaining("NOAUTH");
            server.flushAll();
        }
    }

    @Test
    void debugIsAllowedWhereAskedFor() {
        try (RedisServer server = RedisServer.builder().withDebugCommand().start()) {
            assertThat(server.execute("DEBUG", "SLEEP", "0")).isEqualTo("OK");
        }
    }

    @Test
    void aWrongSettingFailsWithTheServersOwnWords() {
        assertThatThrownBy(() ->
                        RedisServer.builder().withSetting("no-such-setting 1").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no-such-setting");
    }

    @Test
    void executeAnswersAsTheCommandLineDoes() {
        try (RedisServer server = RedisServer.started()) {
            assertThat(server.execute("RPUSH", "l", "ä", "b")).isEqualTo("2");
            assertThat(server.execute("LRANGE", "l", "0", "-1")).isEqualTo("ä\nb");
            assertThat(server.execute("GET", "absent")).isEmpty();
            assertThatThrownBy(() -> server.execute("GET", "l"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("WRONGTYPE");
        }
    }

    @Test
    void twoRunBesideEachOther() {
        try (RedisServer one = RedisServer.started();
                RedisServer other = RedisServer.started()) {
            one.execute("SET", "k", "v");
            assertThat(other.execute("GET", "k")).isEmpty();
        }
    }

    @Test
    void afterCloseItIsGone() {
        RedisServer server = RedisServer.started();
        server.close();
        server.close();
        assertThatThrownBy(() -> server.execute("PING")).hasRootCauseInstanceOf(java.net.ConnectException.class);
        assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    }

    private static String runId(RedisServer server) {
        return server.execute("INFO", "server")
                .lines()
                .filter(line -> line.startsWith("run_id:"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void withTlsItHasASecondPortAndACertificateOfTheAuthority(@TempDir Path folder) throws Exception {
        TestCertificates authority = TestCertificates.in(folder);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(authority.ca())) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (RedisServer server = RedisServer.builder().withTls(authority).start();
                Socket socket = context.getSocketFactory().createSocket(server.host(), server.tlsPort())) {
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.UTF_8))
                    .isEqualTo("+PONG");
            assertThat(server.tlsUri()).isEqualTo("rediss://127.0.0.1:" + server.tlsPort());
        }
        try (RedisServer plain = RedisServer.started()) {
            assertThatThrownBy(plain::tlsPort).hasMessageContaining("withTls");
        }
    }
}

package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RegionReader;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ScriptedServer;
import dev.freshet.testkit.TestCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the doctor where Redis is no single plain server: Sentinels, a cluster, TLS, an old version, no server. */
class DoctorOnTopologiesTest {

    private static Subscriber member(String uri, String... regions) {
        Map<String, RegionReader> readers = new HashMap<>();
        for (String region : regions) {
            readers.put(region, new DeafReader());
        }
        Subscriber subscriber = Subscriber.connect(Patient.subscriber(uri), readers);
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    @Test
    void inAClusterEachMasterIsLookedAtAndTheCanaryComesBackFromAll() {
        try (RedisCluster cluster = RedisCluster.started();
                Subscriber member = member(cluster.uri(), "users", "orders", "products", "carts")) {
            Outcome outcome = Outcome.of("doctor", "--redis", cluster.uri());

            assertThat(outcome.exitCode()).as(outcome.out()).isZero();
            assertThat(outcome.out())
                    .contains(
                            "published to users", "published to orders", "published to products", "published to carts")
                    .contains("no fault");
            assertThat(member.isCaughtUp()).isTrue();
        }
    }

    @Test
    void aNodeOfAClusterThatIsAddressedAsASingleServerIsAFault() {
        try (RedisCluster cluster = RedisCluster.started()) {
            RedisServer node = cluster.masterOf("freshet:{users}:head");
            Outcome outcome =
                    Outcome.of("doctor", "--region", "users", "--redis", "redis://" + node.host() + ":" + node.port());

            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out()).contains("FAULT  cluster: ", "use redis-cluster:// instead of redis://");
        }
    }

    @Test
    void behindSentinelsTheMasterIsFoundAndItsReplicaMinded() {
        try (RedisSentinels sentinels = RedisSentinels.started();
                Subscriber member = member(sentinels.uri(), "users")) {
            sentinels.master().execute("CONFIG", "SET", "min-replicas-to-write", "0");
            Outcome careless = Outcome.of("doctor", "--redis", sentinels.uri());
            assertThat(careless.exitCode()).as(careless.out()).isEqualTo(1);
            assertThat(careless.out()).contains("is a master", "FAULT  replicas: ", "published to users");

            sentinels.master().execute("CONFIG", "SET", "min-replicas-to-write", "1");
            Outcome careful = Outcome.of("doctor", "--redis", sentinels.uri());
            assertThat(careful.exitCode()).as(careful.out()).isZero();
            assertThat(member.isCaughtUp()).isTrue();
        }
    }

    @Test
    void sentinelsThatKnowNoMasterOfThatNameAreAFault() {
        try (RedisSentinels sentinels = RedisSentinels.started()) {
            String wrong = sentinels.uri().replaceFirst("/[^/]+$", "/nobody");
            Outcome outcome = Outcome.of("doctor", "--redis", wrong);
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out()).contains("FAULT", "know no master of that name");
        }
    }

    @Test
    void aServerThatIsTooOldIsNamedWithWhatIsNeeded() throws IOException {
        try (ScriptedServer server = ScriptedServer.start(ScriptedServer.redis(command -> switch (command.get(0)) {
            case "INFO" -> ScriptedServer.bulk("redis_version:6.0.16\r\nrun_id:0123\r\nrole:master\r\n");
            case "TIME" -> "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n";
            case "SMEMBERS", "CONFIG", "LRANGE", "XRANGE", "HGETALL" -> "*0\r\n";
            case "SUBSCRIBE" -> "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n";
            default -> "+OK\r\n";
        }))) {
            Outcome outcome = Outcome.of("doctor", "--region", "users", "--redis", server.uri());
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out()).contains("Redis 6.0.16", "is too old", "upgrade to Redis 6.2 or later");
        }
    }

    @Test
    void somethingThatIsNoRedisIsQuoted() throws IOException {
        try (ScriptedServer server = ScriptedServer.start(ScriptedServer.answering(
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))) {
            Outcome outcome = Outcome.of("doctor", "--redis", server.uri());
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out() + outcome.err())
                    .contains("does not speak the protocol of Redis", "HTTP/1.1 400 Bad Request")
                    .doesNotContain("unexpected fault");
        }
    }

    // ---- TLS

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output + "\nexit code " + process.exitValue();
    }

    /** Runs the doctor in a process of its own, since a JVM reads its trusted certificates only once. */
    private static String doctor(String uri, String[] arguments, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ChildProcess.java()));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), FreshetMain.class.getName(), "doctor", "--redis", uri));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    @Test
    void anEncryptedServerIsExaminedAndACertificateThatNobodyTrustsIsAFault(@TempDir Path folder) throws Exception {
        TestCertificates authority = TestCertificates.in(folder);
        TestCertificates.Issued client = authority.issue("client");
        Path trusted = folder.resolve("trusted.p12");
        assertThat(run(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-importcert",
                        "-noprompt",
                        "-file",
                        authority.ca().toString(),
                        "-keystore",
                        trusted.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit"))
                .endsWith("exit code 0");
        try (RedisServer server = RedisServer.builder()
                .withTls(authority.ca(), authority.issue("server"), "yes")
                .start()) {
            String uri = server.tlsUri();
            Path config = Files.writeString(
                    folder.resolve("publisher.yaml"),
                    "redis: { tls: { certificate: " + client.certificate() + ", key: " + client.key() + " } }");
            String[] withKey = {"--config", config.toString()};

            assertThat(doctor(
                            uri,
                            withKey,
                            "-Djavax.net.ssl.trustStore=" + trusted,
                            "-Djavax.net.ssl.trustStorePassword=changeit"))
                    .contains("is a master", "no fault", "exit code 0");
            assertThat(doctor(uri, withKey)).contains("FAULT", "no trusted authority (redis.tls.ca)", "exit code 1");

            String ca = "redis.tls.ca=" + authority.ca();
            Outcome trusting = Outcome.of("doctor", "--redis", uri, "--set", ca, "--config", config.toString());
            assertThat(trusting.out()).contains("is a master", "no fault");
            Outcome anonymous = Outcome.of("doctor", "--redis", uri, "--set", ca);
            assertThat(anonymous.exitCode()).isEqualTo(1);
            assertThat(anonymous.out()).contains("FAULT", "client certificate");
            Outcome absent = Outcome.of("doctor", "--redis", uri, "--set", "redis.tls.ca=/absent.pem");
            assertThat(absent.out()).contains("FAULT", "the CA file /absent.pem cannot be read: it does not exist");
            for (String command : List.of("members", "tail")) {
                Outcome failed = Outcome.of(command, "users", "--redis", uri, "--set", "redis.tls.ca=/absent.pem");
                assertThat(failed.exitCode()).isEqualTo(1);
                assertThat(failed.err()).contains("the CA file /absent.pem cannot be read: it does not exist");
            }
        }
    }
}

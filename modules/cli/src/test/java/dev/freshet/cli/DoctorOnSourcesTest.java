package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the doctor says about sources of Redis. */
@SuppressWarnings("NullAway.Init") // set by JUnit
class DoctorOnSourcesTest {

    private static final String TRACKING = """
            sources:
              shop:
                kind: redis-tracking
                rules: { r: { pattern: "product:*", region: products, keys: ["{key}"] } }
            """;

    private static final String CHANNEL = """
            sources:
              old:
                kind: redis-channel
                rules:
                  one: { channel: "invalidate_user:{id}", region: users, keys: ["user:{id}"] }
                  two: { channel: many, message: "user:{id}", region: users, keys: ["{message}"] }
            """;

    private final RedisServer server = RedisServer.started();

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        server.close();
    }

    private Outcome examine(String yaml) throws IOException {
        return examine(yaml, server.uri());
    }

    private Outcome examine(String yaml, String uri) throws IOException {
        Path config = Files.writeString(folder.resolve("publisher.yaml"), yaml);
        return Outcome.of("doctor", "--redis", uri, "--config", config.toString());
    }

    /** Does so again and again, until the doctor has finished. */
    private Outcome examineWhile(Runnable step, String yaml) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        CompletableFuture<Void> end = Background.run(() -> {
            while (!done.await(20, TimeUnit.MILLISECONDS)) {
                step.run();
            }
        });
        try {
            return examine(yaml);
        } finally {
            done.countDown();
            end.join();
        }
    }

    @Test
    void aSourceOfKeyspaceEventsThatRedisTellsNothing() throws IOException {
        Path config = Files.writeString(folder.resolve("publisher.yaml"), """
                sources:
                  shop:
                    kind: redis-keyspace
                    notifications: %s
                    rules: { r: { pattern: "product:*", region: products, keys: ["{key}"] } }
                """.formatted("check"));
        server.execute("CONFIG", "SET", "notify-keyspace-events", "");
        String[] doctor = {"doctor", "--redis", server.uri(), "--config", config.toString()};

        Outcome silent = Outcome.of(doctor);
        assertThat(silent.exitCode()).isEqualTo(1);
        assertThat(silent.out())
                .contains("FAULT  keyspace: source shop: ", "say CONFIG SET notify-keyspace-events Eex");

        Files.writeString(config, Files.readString(config).replace("check", "set"));
        Outcome tobeSet = Outcome.of(doctor);
        assertThat(tobeSet.exitCode()).as(tobeSet.out()).isZero();
        assertThat(tobeSet.out()).contains("note   keyspace: source shop: ", "The publisher sets it when it starts");
        assertThat(server.execute("CONFIG", "GET", "notify-keyspace-events")).doesNotContain("E");

        server.execute("CONFIG", "SET", "notify-keyspace-events", "KEA");
        assertThat(Outcome.of(doctor).out()).contains("ok     keyspace: source shop: Redis sends expired, evicted");
    }

    @Test
    void trackedKeysAreHeard() throws Exception {
        Outcome outcome = examineWhile(
                () -> {
                    server.execute("SET", "product:1", "x");
                    server.execute("SET", "other:1", "x");
                },
                TRACKING);

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
        assertThat(outcome.out())
                .containsPattern("ok     tracking: source shop: Redis tells of changed keys that begin with product:; "
                        + "[1-9][0-9]* in 1 s that a rule maps");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-client +client|setname +client|id",
                "-client +client|setname +client|tracking",
                "resetchannels &freshet:*"
            })
    void aUserWhoMayNotTrackKeys(String rule) throws IOException {
        assertThat(refused(TRACKING, rule))
                .contains("FAULT  tracking: source shop: ", "NOPERM", "./freshet acl publisher --tracking");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-psubscribe", "resetchannels &freshet:* &many", "resetchannels &freshet:* &invalidate_user:*"})
    void aUserWhoMayNotListen(String rule) throws IOException {
        assertThat(refused(CHANNEL, rule))
                .contains("FAULT  channels: source old: ", "NOPERM", "./freshet acl publisher --channel PATTERN");
    }

    private String refused(String yaml, String rule) throws IOException {
        String all = "ACL SETUSER app on >s3cret ~* &* +@all " + rule;
        server.execute(all.split(" "));
        Outcome outcome = examine(yaml, server.uri().replace("//", "//app:s3cret@"));
        assertThat(outcome.exitCode()).as(outcome.out()).isEqualTo(1);
        return outcome.out();
    }

    @Test
    void messagesAreHeardAndWhatNoRuleUnderstandsIsCounted() throws Exception {
        Outcome outcome = examineWhile(
                () -> {
                    server.execute("PUBLISH", "invalidate_user:1", "now");
                    server.execute("PUBLISH", "many", "order:7");
                },
                CHANNEL);

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
        assertThat(outcome.out())
                .containsPattern(
                        "ok     channels: source old: listens to many, invalidate_user:\\*; [1-9][0-9]* in 1 s that a rule maps")
                .containsPattern(
                        "note   channels: source old: messages that no rule understands while doctor listened: "
                                + "unmatched [1-9]");
    }

    @Test
    void silenceIsNoFault() throws IOException {
        Outcome outcome = examine(CHANNEL);

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
        assertThat(outcome.out())
                .contains("ok     channels: source old: ", "; 0 in 1 s that a rule maps")
                .doesNotContain("no rule understands");
    }

    @ParameterizedTest
    @ValueSource(strings = {TRACKING, CHANNEL})
    void aRedisOfTheirOwnThatDoesNotAnswer(String yaml) throws IOException {
        String uri = "redis://:s3cret@127.0.0.1:" + LoopbackPorts.free();
        Outcome outcome = examine(yaml.replace("    rules:", "    uri: \"" + uri + "\"\n    rules:"));

        assertThat(outcome.exitCode()).as(outcome.out()).isEqualTo(1);
        assertThat(outcome.out()).contains("FAULT  ", "check the source's uri").doesNotContain("s3cret");
    }
}

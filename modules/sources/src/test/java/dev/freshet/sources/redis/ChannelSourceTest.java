package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceListener.Gap;
import dev.freshet.sources.SourceListener.Rejection;
import dev.freshet.sources.Sources;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests what messages of applications invalidate, and that none of them stops the source. */
final class ChannelSourceTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final String SHOP = """
            sources:
              old:
                kind: redis-channel
                rules:
                  by-channel: { channel: "invalidate_user:{id}", region: users, keys: ["user:{id}"] }
                  by-message: { channel: invalidate, message: "user:{id}", region: users, keys: ["{message}"], tags: ["u:{id}"] }
                  list: { channel: many, separator: ",", message: "user:{id}", region: users, keys: ["user:{id}"] }
                  json:
                    channel: events
                    json: ["id=/user/id"]
                    when: ["/type=user"]
                    region: users
                    keys: ["user:{id}"]
                  flush: { channel: flush_users, region: users, all: true }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final RecordingPublisher publisher = new RecordingPublisher();
    private final KeyspaceSourceTest.Heard heard = new KeyspaceSourceTest.Heard();
    private @Nullable Sources sources;

    @AfterEach
    void stop() {
        if (sources != null) {
            sources.close();
        }
    }

    private void start(String yaml) throws IOException {
        start(yaml, REDIS.uri());
        await().until(() -> publisher.published().size() == 1);
        assertThat(names()).containsExactly("users all");
        assertThat(heard.gaps).containsExactly(Gap.START);
    }

    private void start(String yaml, String uri) throws IOException {
        sources = KeyspaceSourceTest.start(folder, yaml, uri, publisher, heard);
    }

    private List<String> names() {
        return publisher.published().stream()
                .flatMap(one -> one.change().selectors().stream()
                        .flatMap(selector -> selector.names().isEmpty()
                                ? Stream.of(one.region() + " all")
                                : selector.names().stream().map(name -> one.region() + " " + name)))
                .toList();
    }

    private static void publish(String channel, String message) {
        REDIS.server().execute("PUBLISH", channel, message);
    }

    private void awaitNames(String... names) {
        await().untilAsserted(() -> assertThat(names().stream().skip(1)).containsExactlyInAnyOrder(names));
    }

    @Test
    void theIdMayBeInTheChannelOrInTheMessageOrInJson() throws IOException {
        start(SHOP);
        publish("invalidate_user:1", "");
        publish("invalidate", "user:2");
        publish("events", "{\"type\": \"user\", \"user\": {\"id\": 3, \"name\": \"x\"}}");
        awaitNames("users user:1", "users user:2", "users u:2", "users user:3");
        assertThat(heard.rejections).isEmpty();
        assertThat(heard.resets).hasSize(1);
    }

    @Test
    void aMessageMayHoldAList() throws IOException {
        start(SHOP);
        publish("many", "user:1, user:2,,user:3\n");
        publish("events", "{\"type\": \"user\", \"user\": {\"id\": [\"4\", 5]}}");
        awaitNames("users user:1", "users user:2", "users user:3", "users user:4", "users user:5");
        assertThat(heard.rejections).isEmpty();
    }

    @Test
    void aMessageMayStandForTheWholeRegion() throws IOException {
        start(SHOP);
        publish("flush_users", "now");
        awaitNames("users all");
        assertThat(heard.resets).hasSize(1);
    }

    @Test
    void rulesThatOverlapAllCountAndEachOnce() throws IOException {
        start("""
                sources:
                  old:
                    kind: redis-channel
                    rules:
                      one: { channel: "user:1", region: users, tags: ["one"] }
                      any: { channel: "user:{id}", region: users, keys: ["user:{id}"] }
                      other: { channel: "user:*", message: "{how}", region: users, tags: ["{how}"] }
                      deep: { channel: "{what}:{id}", region: users, prefixes: ["{what}/{id}/"] }
                """);
        publish("user:1", "gone");
        awaitNames("users one", "users user:1", "users gone", "users user/1/");
    }

    @Test
    void whatIsNotUnderstoodIsCountedAndShownAndTheNextMessageCounts() throws IOException {
        start(SHOP);
        String known = "{\"type\": \"user\", \"user\": ";
        List<String> noJson = List.of(
                "",
                "no json",
                "{",
                known + "{}}",
                known + "{\"id\": null}}",
                known + "{\"id\": {\"a\": 1}}}",
                known + "{\"id\": [[1]]}}",
                known + "{\"id\": 1}} {}",
                known + "{\"id\": 1, \"id\": 2}}",
                "[".repeat(5_000));
        noJson.forEach(message -> publish("events", message));
        publish("events", "{\"type\": \"product\", \"user\": {\"id\": 3}}");
        publish("invalidate", "product:1");
        publish("invalidate_user:", "");
        publish("many", "user:7,product:7");
        publish("invalidate", "user:" + "x".repeat(600));
        publish("many", "user:" + "x".repeat(600) + ",user:8");
        publish("invalidate", "user:" + "x".repeat(ChannelRules.MAX_MESSAGE_BYTES));
        try (Socket socket = new Socket(REDIS.host(), REDIS.port())) {
            byte[] command = "*3\r\n$7\r\nPUBLISH\r\n$10\r\ninvalidate\r\n$6\r\nuser:?\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1);
            command[new String(command, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
            socket.getOutputStream().write(command);
            assertThat(socket.getInputStream().read()).isEqualTo(':');
        }
        publish("invalidate", "user:last");
        await().untilAsserted(() -> assertThat(names()).contains("users user:last"));
        assertThat(names().stream().skip(1))
                .containsOnly("users user:7", "users user:8", "users user:last", "users u:last");

        assertThat(heard.rejections).filteredOn(Rejection.JSON::equals).hasSize(noJson.size());
        assertThat(heard.rejections).filteredOn(Rejection.UNMATCHED::equals).hasSize(4);
        assertThat(heard.rejections).filteredOn(Rejection.NAME::equals).hasSize(2);
        assertThat(heard.rejections).contains(Rejection.SIZE, Rejection.ENCODING);
        assertThat(heard.gaps).containsExactly(Gap.START);
        await().until(() -> sources != null
                && sources.fault("old") == null
                && String.valueOf(sources.note("old")).contains("messages were not understood"));
    }

    @Test
    void aListOfMoreThanMayWaitIsTheWholeRegion() throws IOException {
        start(SHOP + "    maximum-pending: 50\n");
        publish("many", IntStream.range(0, 20_000).mapToObj(i -> "user:" + i).collect(Collectors.joining(",")));
        await().untilAsserted(() -> assertThat(names().stream().skip(1)).contains("users all"));
        assertThat(heard.gaps).contains(Gap.OVERFLOW);
    }

    @Test
    void freshetsOwnChannelsHoldNoMessages() throws IOException {
        start("""
                sources:
                  old:
                    kind: redis-channel
                    rules:
                      any: { channel: "{any}", region: users, keys: ["{any}"] }
                """);
        publish("freshet:{users}:v1", "x");
        publish("elsewhere", "x");
        awaitNames("users elsewhere");
        assertThat(heard.rejections).isEmpty();
    }

    @Test
    void afterALostConnectionTheRegionsAreInvalidated() throws IOException {
        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            start(SHOP, proxy.redisUri());
            await().until(() -> names().size() == 1);
            proxy.cut();
            publish("invalidate", "user:missed");
            await().until(() -> sources != null && sources.fault("old") != null);
            proxy.heal();
            awaitNames("users all");
            assertThat(heard.gaps).containsExactly(Gap.START, Gap.CONNECTION);
            publish("invalidate_user:1", "");
            awaitNames("users all", "users user:1");
        }
    }

    @Test
    void whoAsksForItKeepsTheRegionsAndTheGapIsStillCounted() throws IOException {
        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            start(SHOP + "    on-gap: ignore\n", proxy.redisUri());
            await().until(() -> sources != null && sources.fault("old") == null);
            proxy.cut();
            await().until(() -> sources != null && sources.fault("old") != null);
            proxy.heal();
            await().until(() -> sources != null && sources.fault("old") == null);
            assertThat(heard.gaps).containsExactly(Gap.START, Gap.CONNECTION);
            publish("invalidate_user:1", "");
            await().untilAsserted(() -> assertThat(names()).containsExactly("users user:1"));
            assertThat(heard.resets).isEmpty();
        }
    }

    @Test
    void twoPublishersEachPublishEachMessage() throws IOException {
        start(SHOP);
        RecordingPublisher second = new RecordingPublisher();
        try (Sources others = KeyspaceSourceTest.start(folder, SHOP, REDIS.uri(), second, heard)) {
            await().until(() -> others.fault("old") == null);
            publish("invalidate_user:1", "");
            awaitNames("users user:1");
            await().untilAsserted(() -> assertThat(second.keys()).containsExactly("user:1"));
        }
    }
}

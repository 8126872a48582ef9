package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.Sources;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests what a source of tracked keys publishes, and when it invalidates its regions. */
final class TrackingSourceTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final String SHOP = """
            sources:
              shop:
                kind: redis-tracking
                rules:
                  products: { pattern: "product:{id}", region: products, keys: ["{key}"] }
                  prices: { pattern: "product:{id}:price:*", region: prices, tags: ["p:{id}"] }
                  users: { pattern: "user:*", region: users, keys: ["{key}"] }
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

    /** Starts a source, and waits until it has invalidated its three regions. */
    private void start(String yaml, String uri) throws IOException {
        sources = KeyspaceSourceTest.start(folder, yaml, uri, publisher, heard);
        await().until(() -> publisher.published().size() == 3);
        assertThat(since(0)).containsOnly("products all", "prices all", "users all");
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
    }

    /** Returns what was published after this many changes, in order, without repetitions: one write may be sent twice. */
    private List<String> since(int count) {
        return publisher.published().stream()
                .skip(count)
                .flatMap(one -> one.change().selectors().stream()
                        .flatMap(selector -> selector.names().isEmpty()
                                ? Stream.of(one.region() + " all")
                                : selector.names().stream().map(name -> one.region() + " " + name)))
                .distinct()
                .toList();
    }

    private static void execute(String... command) {
        REDIS.server().execute(command);
    }

    @Test
    void whoeverWritesAKeyAndHoweverInvalidatesWhatItsRulesSay() throws IOException {
        execute("CONFIG", "SET", "notify-keyspace-events", "");
        execute("SET", "user:old", "x");
        start(SHOP, REDIS.uri());
        execute("SET", "elsewhere:1", "x");
        execute("SET", "product:1", "x");
        await().untilAsserted(() -> assertThat(since(3)).containsExactly("products product:1"));
        execute("DEL", "product:1");
        execute("HSET", "product:2", "name", "x");
        execute("EVAL", "return redis.call('SET', 'product:3', 'x')", "0");
        execute("SET", "product:4", "x", "PX", "1");
        execute("RENAME", "user:old", "user:new");
        await().untilAsserted(() -> {
            REDIS.server().execute("GET", "product:4");
            assertThat(since(3))
                    .contains(
                            "products product:1",
                            "products product:2",
                            "products product:3",
                            "products product:4",
                            "users user:old",
                            "users user:new");
        });
        assertThat(since(3)).noneMatch(one -> one.contains("elsewhere") || one.contains("all"));
        assertThat(heard.resets).hasSize(3);
    }

    @Test
    void rulesThatOverlapAllCount() throws IOException {
        start(SHOP, REDIS.uri());
        execute("SET", "product:7:price:eur", "9");
        await().untilAsserted(() ->
                assertThat(since(3)).containsExactlyInAnyOrder("products product:7:price:eur", "prices p:7"));
    }

    @Test
    void freshetsOwnKeysNeverCountThoughARuleTakesEachKey() throws IOException {
        sources = KeyspaceSourceTest.start(folder, """
                sources:
                  shop:
                    kind: redis-tracking
                    rules:
                      any: { pattern: "{any}", region: products, keys: ["{key}"] }
                      some: { pattern: "product:{id}", region: products, tags: ["p:{id}"] }
                """, REDIS.uri(), publisher, heard);
        await().until(() -> publisher.published().size() == 1);
        execute("SET", "freshet:{products}:anything", "x");
        execute("SET", "product:1", "x");
        await().untilAsserted(
                        () -> assertThat(since(1)).containsExactlyInAnyOrder("products product:1", "products p:1"));
    }

    @Test
    void aFlushInvalidatesTheRegionsOfAllRules() throws IOException {
        start(SHOP, REDIS.uri());
        execute("FLUSHDB");
        await().untilAsserted(() ->
                assertThat(since(3)).containsExactlyInAnyOrder("products all", "prices all", "users all"));
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
        execute("SET", "product:1", "x");
        await().untilAsserted(() -> assertThat(since(6)).containsExactly("products product:1"));
    }

    @Test
    void aLostConnectionInvalidatesTheRegionsOnceItListensAgain() throws IOException {
        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            start(SHOP, proxy.redisUri());
            proxy.cut();
            execute("SET", "product:unseen", "x");
            await().until(() -> sources != null && sources.fault("shop") != null);
            proxy.heal();
            await().untilAsserted(() ->
                    assertThat(heard.gaps).containsExactly(SourceListener.Gap.START, SourceListener.Gap.CONNECTION));
            await().untilAsserted(() ->
                    assertThat(since(3)).containsExactlyInAnyOrder("products all", "prices all", "users all"));
            execute("SET", "product:seen", "x");
            await().untilAsserted(() -> assertThat(since(6)).containsExactly("products product:seen"));
        }
    }

    @Test
    void aKeyThatIsNoTextInvalidatesItsRegionAndTextOnRedissChannelNothing() throws IOException {
        start(SHOP, REDIS.uri());
        execute("PUBLISH", "__redis__:invalidate", "user:1");
        execute("PUBLISH", "__redis__:invalidate", "");
        try (Socket socket = new Socket(REDIS.host(), REDIS.port())) {
            byte[] command = "*3\r\n$3\r\nSET\r\n$9\r\nproduct:?\r\n$1\r\nx\r\n".getBytes(StandardCharsets.ISO_8859_1);
            command[new String(command, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
            socket.getOutputStream().write(command);
            assertThat(socket.getInputStream().read()).isEqualTo('+');
        }
        await().untilAsserted(() -> assertThat(since(3)).containsExactly("products all"));
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
    }

    @Test
    void moreKeysInOneStepThanOneReplyMayHoldInvalidateTheRegions() throws IOException {
        start(SHOP, REDIS.uri());
        try (Socket socket = new Socket(REDIS.host(), REDIS.port())) { // one that waits as long as it takes
            String command = "EVAL \"for i = 1, 600000 do redis.call('SET', 'product:' .. i, '') end\" 0\r\n";
            socket.getOutputStream().write(command.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(socket.getInputStream().read()).isEqualTo('$');
        }
        await().untilAsserted(() ->
                assertThat(heard.resets).filteredOn("products"::equals).hasSizeGreaterThan(1));
        await().untilAsserted(() -> assertThat(since(3)).contains("products all"));
        execute("FLUSHDB");
    }

    @Test
    void redisBoundsWhatWaitsForItAsForASubscriber() throws IOException {
        start(SHOP, REDIS.uri());
        assertThat(REDIS.server().execute("CLIENT", "LIST", "TYPE", "pubsub")).contains("name=freshet-tracking-shop");
    }
}

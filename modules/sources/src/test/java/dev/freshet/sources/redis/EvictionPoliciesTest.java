package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ValueCodec;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.Sources;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fills a real Redis up to its maxmemory under each policy: what Redis evicts leaves the local caches, and nothing else. */
final class EvictionPoliciesTest {

    /** The application's own Redis, which evicts. */
    @RegisterExtension
    static final RedisExtension SHOP = new RedisExtension();

    /** Freshet's Redis. */
    @RegisterExtension
    static final RedisExtension BUS = new RedisExtension();

    private static final int KEYS = 1200;
    private static final String FOUR_KIB = "x".repeat(4096);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @RegisterExtension
    final Closing open = new Closing();

    private final KeyspaceSourceTest.Heard heard = new KeyspaceSourceTest.Heard();

    @BeforeEach
    void withoutALimit() {
        for (RedisServer server : List.of(SHOP.server(), BUS.server())) {
            server.execute("CONFIG", "SET", "maxmemory", "0");
            server.execute("CONFIG", "SET", "notify-keyspace-events", "");
        }
    }

    private static void limit(RedisServer server, String policy, int moreBytes) {
        long used = server.execute("INFO", "memory")
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring("used_memory:".length()).strip()))
                .findFirst()
                .orElseThrow();
        server.execute("CONFIG", "SET", "maxmemory-policy", policy);
        server.execute("CONFIG", "SET", "maxmemory", Long.toString(used + moreBytes));
    }

    private static Set<String> keys(RedisServer server, String pattern) {
        return Arrays.stream(server.execute("KEYS", pattern).split("\n", -1))
                .filter(key -> !key.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> cached(RegionCache<String> cache) {
        Set<String> held = new TreeSet<>();
        for (int i = 0; i < KEYS; i++) {
            if (cache.getIfPresent("product:" + i) != null) {
                held.add("product:" + i);
            }
        }
        return held;
    }

    private Sources source(String settings, String redis, Publisher publisher) throws IOException {
        Sources sources = open.closing(KeyspaceSourceTest.start(
                folder, "sources:\n  shop:\n    kind: redis-keyspace\n" + settings, redis, publisher, heard));
        await().until(() -> sources.fault("shop") == null);
        return sources;
    }

    @ParameterizedTest
    @ValueSource(strings = {"allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu"})
    void whatRedisEvictsOfAnApplicationsKeysLeavesTheLocalCache(String policy) throws Exception {
        RegionCache<String> cache = RegionCache.<String>builder("products")
                .maximumEntries(10L * KEYS)
                .build();
        Subscriber subscriber =
                open.closing(Subscriber.connect(Patient.subscriber(BUS.uri()), Map.of("products", cache)));
        await().until(subscriber::isCaughtUp);
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(BUS.uri())));
        cache.put("product:0", "from before");
        source("""
                    rules:
                      products: { pattern: "product:*", region: products, keys: ["{key}"] }
                """, SHOP.uri(), publisher);
        await().until(() -> cache.getIfPresent("product:0") == null);

        boolean isVolatile = policy.startsWith("volatile");
        if (isVolatile) {
            cache.put("product:1", FOUR_KIB);
            SHOP.server().execute("SET", "product:1", FOUR_KIB);
        }
        limit(SHOP.server(), policy, 2 << 20);
        for (int i = 2; i < KEYS; i++) {
            cache.put("product:" + i, FOUR_KIB);
            SHOP.server().execute("SET", "product:" + i, FOUR_KIB, "EX", "3600");
        }

        // Redis may evict more with any command, also one that only reads: buffers count as used memory.
        await().untilAsserted(() -> {
            Set<String> left = keys(SHOP.server(), "product:*");
            assertThat(left).hasSizeBetween(50, KEYS / 2);
            assertThat(left.contains("product:1")).isEqualTo(isVolatile);
            assertThat(cached(cache)).isEqualTo(left);
        });
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
    }

    @ParameterizedTest
    @ValueSource(strings = {"volatile-lru", "volatile-lfu"})
    void whatRedisEvictsOfATierLeavesTheLocalTier(String policy) throws Exception {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(BUS.uri())));
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(BUS.uri())));
        RegionCache<String> local = RegionCache.<String>builder("products")
                .maximumEntries(10L * KEYS)
                .build();
        CachedRegion<String> region = open.closing(CachedRegion.over(local)
                .tier(tier.region("products", Duration.ofHours(1)), TEXT)
                .publisher(publisher)
                .build());
        Subscriber subscriber =
                open.closing(Subscriber.connect(Patient.subscriber(BUS.uri()), Map.of("products", region)));
        await().until(subscriber::isCaughtUp);
        local.put("product:0", "from before");
        source("    tiers: [products]\n", BUS.uri(), publisher);
        await().until(() -> local.getIfPresent("product:0") == null);

        limit(BUS.server(), policy, 3 << 20);
        for (int i = 1; i < KEYS; i++) {
            assertThat(region.get("product:" + i, (key, load) -> FOUR_KIB)).isEqualTo(FOUR_KIB);
        }

        // A value that Redis evicted while its invalidation was in flight may have been loaded again. Here nobody
        // loads.
        await().untilAsserted(() -> {
            Set<String> left = keys(BUS.server(), "freshet:{products}:value:*").stream()
                    .map(key -> key.substring("freshet:{products}:value:".length()))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(left).hasSizeBetween(50, KEYS - 200);
            assertThat(cached(local)).isEqualTo(left);
        });
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
        assertThat(subscriber.isCaughtUp()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"})
    void aTiersKeyThatSomebodyGivesAShorterLifeTakesTheLocalCopyWithIt(String command) throws Exception {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(BUS.uri())));
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(BUS.uri())));
        RegionCache<String> local =
                RegionCache.<String>builder("products").maximumEntries(100).build();
        CachedRegion<String> region = open.closing(CachedRegion.over(local)
                .tier(tier.region("products", Duration.ofHours(1)), TEXT)
                .publisher(publisher)
                .build());
        Subscriber subscriber =
                open.closing(Subscriber.connect(Patient.subscriber(BUS.uri()), Map.of("products", region)));
        await().until(subscriber::isCaughtUp);
        local.put("product:0", "from before");
        source("    tiers: [products]\n", BUS.uri(), publisher);
        await().until(() -> local.getIfPresent("product:0") == null);

        region.get("product:1", (key, load) -> "one");
        region.get("product:2", (key, load) -> "two");
        await().until(() -> keys(BUS.server(), "freshet:{products}:value:*").size() == 2);
        KeyspaceSourceTest.expire(BUS.server(), command, "freshet:{products}:value:product:1");

        await().untilAsserted(() -> assertThat(local.getIfPresent("product:1")).isNull());
        assertThat(local.getIfPresent("product:2")).isEqualTo("two");
    }

    private static final ValueCodec<String> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };
}

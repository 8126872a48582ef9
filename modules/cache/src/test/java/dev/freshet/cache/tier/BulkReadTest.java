package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several keys: what is cached here, then what is in Redis, then one load of the rest. */
class BulkReadTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Set<String>> loads = new ArrayList<>();
    private Publisher publisher = Publisher.connect(Patient.publisher("redis://127.0.0.1:1"));

    @BeforeEach
    void start() {
        publisher.close();
        publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
        open.add(publisher);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private Replica replica() {
        Replica replica = new Replica(REDIS.uri(), publisher, UnaryOperator.identity());
        open.add(0, replica);
        return replica;
    }

    private Map<String, String> get(CachedRegion<String> region, String... keys) {
        return region.getAll(List.of(keys), (missing, context) -> {
            loads.add(Set.copyOf(missing));
            Map<String, String> loaded = new LinkedHashMap<>();
            missing.forEach(key -> {
                context.of(key).tags("tag-of-" + key);
                loaded.put(key, "value of " + key);
            });
            loaded.put("not asked for", "ignored");
            return loaded;
        });
    }

    @Test
    void whatIsMissingHereAndInRedisIsLoadedInOneStep() {
        Replica one = replica();
        Replica two = replica();
        one.region.get("a", (key, load) -> "of Redis");
        await().until(() -> two.tier.read("a").join() instanceof TierRead.Found);
        two.region.get("b", (key, load) -> "local");

        assertThat(get(two.region, "c", "a", "b", "d", "c"))
                .containsExactly(
                        Map.entry("c", "value of c"),
                        Map.entry("a", "of Redis"),
                        Map.entry("b", "local"),
                        Map.entry("d", "value of d"));

        assertThat(loads).containsExactly(Set.of("c", "d"));
        assertThat(two.local.getIfPresent("not asked for")).isNull();
        assertThat(two.local.getIfPresent("a")).isEqualTo("of Redis");
        await().until(() -> one.tier.read("d").join() instanceof TierRead.Found);
        assertThat(two.local.stats().leases()).isZero();
        two.region.invalidate(Selector.tags("tag-of-c")).join();
        assertThat(two.local.getIfPresent("c")).isNull();
        assertThat(two.local.getIfPresent("d")).isNotNull();
    }

    /** What is cached may be older than the bound: it is not asked. */
    @Test
    void aBypassedRegionLoadsAllKeys() {
        RegionCache<String> local = RegionCache.<String>builder("users")
                .maximumEntries(10)
                .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofSeconds(1))
                .build();
        CachedRegion<String> region = CachedRegion.over(local).build();
        open.add(region);
        local.put("a", "old");
        assertThat(get(region, "a", "b")).containsEntry("a", "value of a").containsEntry("b", "value of b");
        assertThat(loads).containsExactly(Set.of("a", "b"));
    }

    @Test
    void manyKeysShareARoundTrip() {
        Replica replica = replica();
        String[] keys = IntStream.range(0, 50).mapToObj(i -> "k" + i).toArray(String[]::new);
        replica.late.answersOnlyTogether(keys.length);
        assertThat(get(replica.region, keys)).hasSize(keys.length);
        assertThat(loads).hasSize(1);
    }

    @Test
    void anOvertakenValueIsReturnedAndNotKept() {
        Replica replica = replica();
        Map<String, String> values = replica.region.getAll(List.of("a", "b"), (missing, context) -> {
            replica.subscriber()
                    .region("users")
                    .awaitPosition(
                            publisher
                                    .publish("users", Change.ofKeys("a"))
                                    .join()
                                    .position(),
                            Duration.ofMinutes(1))
                    .join();
            return Map.of("a", "old", "b", "good");
        });
        assertThat(values).containsExactly(Map.entry("a", "old"), Map.entry("b", "good"));
        assertThat(replica.local.getIfPresent("a")).isNull();
        assertThat(replica.local.getIfPresent("b")).isEqualTo("good");
    }

    @Test
    void anAbsenceIsCachedIfTheLoadSaysSo() {
        Replica replica = replica();
        for (int i = 0; i < 2; i++) {
            assertThat(replica.region.getAll(List.of("a", "b"), (missing, context) -> {
                        loads.add(Set.copyOf(missing));
                        if (missing.contains("a")) {
                            context.of("a").cacheAbsence();
                        }
                        return Map.of();
                    }))
                    .isEmpty();
        }
        assertThat(loads).containsExactly(Set.of("a", "b"), Set.of("b"));
        assertThat(replica.local.stats().leases()).isZero();
    }

    @Test
    void aFailedLoadCachesNothingAndGivesItsLeasesBack() {
        Replica replica = replica();
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> replica.region.getAll(List.of("a", "b"), (missing, context) -> {
                    throw new IllegalStateException("no database");
                }))
                .withMessageContaining("2 keys")
                .havingCause()
                .withMessage("no database");
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> loadNull(replica.region));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> replica.region.getAll(List.of("a"), (missing, context) -> {
                    context.of("b").cacheAbsence();
                    return Map.of();
                }));
        assertThat(replica.local.stats().leases()).isZero();
        assertThat(replica.local.stats().loadFailures()).isEqualTo(3);
    }

    @SuppressWarnings("NullAway") // what is tested
    private static void loadNull(CachedRegion<String> region) {
        region.getAll(List.of("a"), (missing, context) -> null);
    }

    @Test
    void aFailedLoadReturnsCopiesIfThereIsOneOfEveryKey() {
        CachedRegion<String> region = CachedRegion.over(RegionCache.<String>builder("users")
                        .maximumEntries(10)
                        .failSafe(Duration.ofHours(1))
                        .build())
                .build();
        open.add(region);
        get(region, "a", "b");
        region.local().invalidate("a");
        region.local().invalidate("b");
        assertThat(region.getAll(List.of("a", "b"), (missing, context) -> {
                    throw new IllegalStateException("no database");
                }))
                .containsExactly(Map.entry("a", "value of a"), Map.entry("b", "value of b"));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> region.getAll(List.of("a", "c"), (missing, context) -> {
                    throw new IllegalStateException("no database");
                }));
    }

    @Test
    void aKeyThatIsNoNameIsRefusedBeforeAnythingHappens() {
        Replica replica = replica();
        assertThatIllegalArgumentException().isThrownBy(() -> get(replica.region, "a", ""));
        assertThat(replica.local.stats().leases()).isZero();
        assertThat(loads).isEmpty();
        assertThat(get(replica.region)).isEmpty();
        assertThat(loads).isEmpty();
    }
}

package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.RegionCache;
import dev.freshet.testkit.Background;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One load of a key across replicas that share a Redis. */
class OneLoadTest extends LoadsAcrossReplicas {

    @ParameterizedTest
    @CsvSource({"GET,2", "GET,5", "GET_ASYNC,2", "GET_ASYNC,5", "GET_ALL,2", "GET_ALL,5"})
    void oneReplicaLoadsAndTheOthersFindItsValue(Way way, int count) {
        List<Replica> replicas = replicas(count);
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), this::slowly);
        List<Replica> others = replicas.subList(1, count);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, others, this::slowly);
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        mayEnd.countDown();

        assertThat(join(first)).isEqualTo("Ada");
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(loads).hasValue(1);
        assertThat(spared(replicas)).isEqualTo(count - 1);
        assertThat(inVain(replicas)).isZero();
        assertThat(isClaimed(KEY)).isFalse();
        for (Replica replica : replicas) {
            await().until(() -> replica.local.getIfPresent(KEY) != null);
        }
        publisher().publish("users", Change.builder().tags("team:7").build()).join();
        for (Replica replica : replicas) {
            await().until(() -> replica.local.getIfPresent(KEY) == null);
        }
    }

    @ParameterizedTest
    @CsvSource({"2", "5"})
    void replicasThatMissAtOnceLoadOnce(int count) {
        mayEnd.countDown();
        List<CompletableFuture<@Nullable String>> all = new ArrayList<>();
        replicas(count).forEach(replica -> all.add(Way.GET.load(replica.region, this::slowly)));
        assertThat(all).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(loads).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void anAbsenceThatIsKeptIsFoundByTheOthers(Way way) {
        List<Replica> replicas = replicas(3);
        BiFunction<String, LoadContext, @Nullable String> none = (key, context) -> {
            context.cacheAbsence();
            slowly(key, context);
            return null;
        };
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), none);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, replicas.subList(1, 3), none);
        mayEnd.countDown();
        assertThat(first.join()).isNull();
        assertThat(waiting).allSatisfy(load -> assertThat(load.join()).isNull());
        assertThat(loads).hasValue(1);
        assertThat(spared(replicas)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void aLoadThatIsOvertakenIsNotWhatTheOthersKeep(Way way) {
        List<Replica> replicas = replicas(3);
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), this::slowly);
        List<Replica> others = replicas.subList(1, 3);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, others, (key, context) -> "changed");
        publisher().publish("users", Change.ofKeys(KEY)).join();
        // Not for the load that was overtaken: that has not ended.
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("changed"));
        mayEnd.countDown();
        assertThat(join(first)).isEqualTo("Ada");
        for (Replica replica : replicas) {
            assertThat(join(way.load(replica.region, (key, context) -> "changed")))
                    .isEqualTo("changed");
        }
        await().until(() -> !isClaimed(KEY));
    }

    @Test
    void aWaiterWhoseKeyIsInvalidatedKeepsNothingOfBefore() {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        CompletableFuture<@Nullable String> waits =
                waiting(Way.GET, List.of(other), this::slowly).get(0);
        other.local.invalidate(KEY); // here only: Redis knows nothing of it
        mayEnd.countDown();
        load.join();
        waits.join();
        assertThat(other.local.getIfPresent(KEY)).isNull();
        assertThat(loads).hasValue(1);
    }

    @Test
    void whatNobodyElseLoadsIsLoadedInOneStepAndTheRestIsAwaited() {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        List<Set<String>> steps = new ArrayList<>();
        CompletableFuture<Map<String, String>> all =
                Background.call(() -> other.region.getAll(List.of("a", KEY, "b"), (missing, context) -> {
                    steps.add(Set.copyOf(missing));
                    Map<String, String> loaded = new LinkedHashMap<>();
                    missing.forEach(key -> loaded.put(key, "own"));
                    return loaded;
                }));
        await().until(() -> other.tier.read("b").join() instanceof TierRead.Found);
        assertThat(all).isNotDone();
        mayEnd.countDown();
        assertThat(all.join()).containsExactly(Map.entry("a", "own"), Map.entry(KEY, "Ada"), Map.entry("b", "own"));
        assertThat(steps).containsExactly(Set.of("a", "b"));
        load.join();
        assertThat(other.local.stats().leases()).isZero();
        for (String key : List.of("a", "b", KEY)) {
            assertThat(isClaimed(key)).isFalse();
        }
    }

    @Test
    void replicasThatLoadTheSameKeysInAnotherOrderWaitForNobodyInACircle() {
        Replica one = replica();
        Replica two = replica();
        CountDownLatch both = new CountDownLatch(2);
        List<CompletableFuture<Map<String, String>>> all = new ArrayList<>();
        for (Replica replica : List.of(one, two)) {
            String own = replica == one ? "a" : "b";
            CompletableFuture<Map<String, String>> outer = Background.call(() -> {
                replica.region.get(own, (key, context) -> {
                    both.countDown();
                    both.await();
                    return "of " + key;
                });
                return replica.region.getAll(List.of("a", "b", "c", "d"), (missing, context) -> {
                    Map<String, String> loaded = new LinkedHashMap<>();
                    missing.forEach(key -> loaded.put(key, "of " + key));
                    return loaded;
                });
            });
            all.add(outer);
        }
        assertThat(all).allSatisfy(loaded -> assertThat(loaded.join()).hasSize(4));
    }

    @Test
    void loadsWithinATransactionNeitherWaitNorKeepOthersWaiting() {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        assertThat(other.region.get(KEY, (key, context) -> "Grace", other.region.mark()))
                .isEqualTo("Grace");
        assertThat(other.region.get(
                        "user:2",
                        (key, context) -> {
                            assertThat(isClaimed(key)).isFalse();
                            return "Grace";
                        },
                        other.region.mark()))
                .isEqualTo("Grace");
        mayEnd.countDown();
        load.join();
    }

    @Test
    void aRefreshAsksTheSourceAndWaitsForNobody() {
        Replica replica = replica(
                LONG, cache -> cache.refreshAfterWrite(Duration.ofNanos(1)).refreshExecutor(Runnable::run));
        mayEnd.countDown();
        replica.region.get(KEY, this::slowly);
        await().until(() -> !isClaimed(KEY)); // Redis is told that the load has ended after its caller has the value
        AtomicBoolean wasClaimed = new AtomicBoolean();
        replica.region.get(KEY, (key, context) -> {
            wasClaimed.set(isClaimed(key));
            return "new";
        });
        assertThat(replica.local.getIfPresent(KEY)).isEqualTo("new");
        assertThat(wasClaimed).isFalse();
    }

    @Test
    void whatCannotWorkIsRefused() {
        RegionCache<String> local =
                RegionCache.<String>builder("users").maximumEntries(10).build();
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        CachedRegion.over(local).oneLoadAcrossReplicas(LONG).build())
                .withMessageContaining("without a tier");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CachedRegion.over(local).oneLoadAcrossReplicas(Duration.ZERO));
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(REDIS.uri())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CachedRegion.over(local)
                        .tier(tier.region("users", LONG), Replica.TEXT)
                        .oneLoadAcrossReplicas(Duration.ofSeconds(31))
                        .build())
                .withMessageContaining("load timeout");
        CachedRegion.over(local)
                .tier(tier.region("users", LONG), Replica.TEXT)
                .oneLoadAcrossReplicas(Duration.ofSeconds(30))
                .build()
                .close();
    }
}

package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One load of a key across replicas that share a Redis. */
class OneLoadTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    /** Longer than any test takes: who waits that long has failed. */
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final String KEY = "user:1";

    /** The ways to load through a region. */
    enum Way {
        GET {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return inBackground(() -> region.get(KEY, source::apply));
            }
        },
        GET_ASYNC {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return region.getAsync(KEY, (key, context) -> inBackground(() -> source.apply(key, context)));
            }
        },
        GET_ALL {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return inBackground(() -> region.getAll(List.of(KEY), (missing, context) -> {
                            String value = source.apply(KEY, context.of(KEY));
                            return value == null ? Map.of() : Map.of(KEY, value);
                        })
                        .get(KEY));
            }
        };

        abstract CompletableFuture<@Nullable String> load(
                CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source);
    }

    private static CompletableFuture<@Nullable String> inBackground(Supplier<@Nullable String> work) {
        return Background.call(() -> Optional.ofNullable(work.get())).thenApply(value -> value.orElse(null));
    }

    private final AtomicInteger loads = new AtomicInteger();
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private @Nullable Publisher publisher;

    private Publisher publisher() {
        Publisher current = publisher;
        if (current == null) {
            current = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
            publisher = current;
        }
        return current;
    }

    private Replica replica(Duration longestWait, UnaryOperator<RegionCacheBuilder<String>> settings) {
        return replica(REDIS.uri(), longestWait, settings);
    }

    private Replica replica(String uri, Duration longestWait, UnaryOperator<RegionCacheBuilder<String>> settings) {
        RegionCache<String> local = settings.apply(RegionCache.<String>builder("users")
                        .maximumEntries(1000)
                        .loadTimeout(Duration.ofHours(1)))
                .build();
        return open.closing(new Replica(uri, publisher(), local, region -> region.oneLoadAcrossReplicas(longestWait)));
    }

    private Replica replica() {
        return replica(LONG, UnaryOperator.identity());
    }

    private List<Replica> replicas(int count) {
        List<Replica> replicas = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replicas.add(replica());
        }
        return replicas;
    }

    /** A source that answers when the test says so. */
    private @Nullable String slowly(String key, LoadContext context) {
        loads.incrementAndGet();
        context.tags("team:7");
        awaitQuietly();
        return "Ada";
    }

    private void awaitQuietly() {
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins a load, and waits until it runs. */
    private CompletableFuture<@Nullable String> begin(
            Way way, Replica replica, BiFunction<String, LoadContext, @Nullable String> source) {
        int before = loads.get();
        CompletableFuture<@Nullable String> load = way.load(replica.region, source);
        await().until(() -> loads.get() > before);
        return load;
    }

    /** Begins loads that wait for another's, and waits until they have asked for it more than once. */
    private List<CompletableFuture<@Nullable String>> waiting(
            Way way, List<Replica> replicas, BiFunction<String, LoadContext, @Nullable String> source) {
        List<CompletableFuture<@Nullable String>> waiting = new ArrayList<>();
        replicas.forEach(replica -> waiting.add(way.load(replica.region, source)));
        await().until(() -> replicas.stream().allMatch(replica -> replica.late.claiming.get() > 1));
        return waiting;
    }

    private static String join(CompletableFuture<@Nullable String> load) {
        return String.valueOf(load.join());
    }

    private boolean isClaimed(String key) {
        return !REDIS.server()
                .execute("EXISTS", "freshet:{users}:loading:" + key)
                .equals("0");
    }

    private static long spared(List<Replica> replicas) {
        return replicas.stream()
                .mapToLong(replica -> replica.region.stats().loadsSpared())
                .sum();
    }

    private static long inVain(List<Replica> replicas) {
        return replicas.stream()
                .mapToLong(replica -> replica.region.stats().loadsAwaitedInVain())
                .sum();
    }

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
    void ifTheLoadFailsTheOthersLoadThemselves(Way way) {
        List<Replica> replicas = replicas(5);
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), (key, context) -> {
            loads.incrementAndGet();
            awaitQuietly();
            throw new IllegalStateException("no database");
        });
        List<Replica> others = replicas.subList(1, 5);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, others, this::slowly);
        mayEnd.countDown();

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(first::join)
                .withCauseInstanceOf(LoadException.class)
                .havingRootCause()
                .withMessage("no database");
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(spared(others) + inVain(others)).isEqualTo(4);
        assertThat(inVain(others)).isPositive();
        await().until(() -> !isClaimed(KEY));
    }

    @ParameterizedTest
    @EnumSource
    void ifTheLoadKeepsNothingTheOthersLoadThemselves(Way way) {
        List<Replica> replicas = replicas(3);
        BiFunction<String, LoadContext, @Nullable String> keepsNothing = (key, context) -> {
            context.doNotStore();
            return slowly(key, context);
        };
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), keepsNothing);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, replicas.subList(1, 3), keepsNothing);
        mayEnd.countDown();
        assertThat(join(first)).isEqualTo("Ada");
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(loads).hasValue(3);
        assertThat(inVain(replicas)).isEqualTo(2);
        await().until(() -> !isClaimed(KEY));
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
    void ifTheProcessDiesTheOthersLoadAfterItsClaim(Way way) {
        Replica replica = replica();
        await().until(() -> replica.tier.read(KEY).join() instanceof TierRead.Absent);
        RedisTier dying = RedisTier.connect(Patient.tier(REDIS.uri()));
        dying.region("users", Duration.ofMinutes(10))
                .read(KEY, TierClaim.of(Duration.ofMillis(300)))
                .join();
        dying.close();
        mayEnd.countDown();
        assertThat(join(way.load(replica.region, this::slowly))).isEqualTo("Ada");
        assertThat(loads).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void ifTheLoadTakesLongTheOthersLoadAfterTheirWait(Way way) {
        Replica slow = replica();
        Replica hasty = replica(Duration.ofMillis(100), UnaryOperator.identity());
        CompletableFuture<@Nullable String> first = begin(way, slow, this::slowly);
        AtomicInteger own = new AtomicInteger();
        assertThat(join(way.load(hasty.region, (key, context) -> {
                    own.incrementAndGet();
                    return "Grace";
                })))
                .isEqualTo("Grace");
        assertThat(own).hasValue(1);
        assertThat(inVain(List.of(hasty))).isEqualTo(1);
        assertThat(hasty.local.getIfPresent(KEY)).isEqualTo("Grace");
        assertThat(first).isNotDone();
        mayEnd.countDown();
        first.join();
    }

    @ParameterizedTest
    @EnumSource
    void ifRedisIsUnavailableTheOthersLoadThemselves(Way way) {
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.server()));
        Replica first = replica();
        Replica cutOff = replica(proxy.redisUri(), LONG, UnaryOperator.identity());
        CompletableFuture<@Nullable String> load = begin(way, first, this::slowly);
        AtomicInteger own = new AtomicInteger();
        CompletableFuture<@Nullable String> waits = waiting(way, List.of(cutOff), (key, context) -> {
                    own.incrementAndGet();
                    return "Grace";
                })
                .get(0);
        proxy.cut();
        assertThat(join(waits)).isEqualTo("Grace");
        assertThat(own).hasValue(1);
        assertThat(inVain(List.of(cutOff))).isEqualTo(1);
        proxy.heal();
        mayEnd.countDown();
        load.join();
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
    void aFailedLoadOfManyEndsItsClaims() {
        Replica replica = replica();
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> replica.region.getAll(List.of("a", "b"), (missing, context) -> {
                    throw new IllegalStateException("no database");
                }));
        await().until(() -> !isClaimed("a") && !isClaimed("b"));
        assertThat(replica.local.stats().leases()).isZero();
    }

    @Test
    void aWaiterThatIsInterruptedClaimsNothing() throws Exception {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
        Thread waits = new Thread(() -> {
            try {
                other.region.get(KEY, this::slowly);
            } catch (Throwable thrown) {
                fault.set(thrown);
            }
        });
        waits.start();
        await().until(() -> other.late.claiming.get() > 1);
        waits.interrupt();
        waits.join();
        assertThat(fault.get()).isInstanceOf(LoadException.class).hasCauseInstanceOf(InterruptedException.class);
        mayEnd.countDown();
        load.join();
        await().until(() -> !isClaimed(KEY));
        assertThat(loads).hasValue(1);
    }

    @Test
    void aRegionThatIsClosedLetsItsWaitersLoad() {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        CompletableFuture<@Nullable String> waits =
                waiting(Way.GET, List.of(other), (key, context) -> "Grace").get(0);
        other.region.close();
        assertThat(join(waits)).isEqualTo("Grace");
        mayEnd.countDown();
        load.join();
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
        replica.region.get(KEY, (key, context) -> {
            assertThat(isClaimed(key)).isFalse();
            return "new";
        });
        assertThat(replica.local.getIfPresent(KEY)).isEqualTo("new");
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

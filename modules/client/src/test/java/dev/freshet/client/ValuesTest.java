package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.KeyText;
import dev.freshet.KeyedRegion;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.StoreOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several values at once, values without a thread, keys of other types, values that may be changed. */
class ValuesTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Freshet> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Freshet::close);
    }

    private Freshet connect() {
        Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()));
        open.add(freshet);
        return freshet;
    }

    // ---- Several at once

    @Test
    void replicasThatMissAtOnceLoadOnceIfTheOptionsSaySo() {
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch mayEnd = new CountDownLatch(1);
        List<Region<String>> replicas = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            replicas.add(Client.users(connect(), options -> options.tier(TestClients.TEXT, Duration.ofHours(1))
                    .loadTimeout(Duration.ofHours(1))
                    .oneLoadAcrossReplicas(Duration.ofMinutes(5))));
        }
        List<CompletableFuture<@Nullable String>> callers = new ArrayList<>();
        for (Region<String> replica : replicas) {
            callers.add(replica.getAsync(
                    "user:1",
                    (key, load) -> Background.call(() -> {
                        loads.incrementAndGet();
                        mayEnd.await();
                        return "Ada";
                    })));
        }
        await().until(() -> loads.get() == 1);
        mayEnd.countDown();
        assertThat(callers).allSatisfy(caller -> assertThat(caller.join()).isEqualTo("Ada"));
        assertThat(loads).hasValue(1);
        for (Region<String> replica : replicas) {
            assertThat(replica.tierStats().loadsAwaitedInVain()).isZero();
        }
    }

    @Test
    void whatIsMissingIsLoadedInOneStepAndAbsencesAreCachedIfTheOptionsSaySo() {
        Region<String> users = Client.users(connect(), options -> options.cacheAbsences(Duration.ofMinutes(1)));
        users.get("user:1", (key, load) -> "Ada");
        List<Set<String>> loads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            assertThat(users.getAll(List.of("user:2", "user:1", "user:404"), (missing, context) -> {
                        loads.add(Set.copyOf(missing));
                        return Map.of("user:2", "Grace");
                    }))
                    .containsExactly(Map.entry("user:2", "Grace"), Map.entry("user:1", "Ada"));
        }
        assertThat(loads).containsExactly(Set.of("user:2", "user:404"));
        users.invalidate("user:404", "user:2");
        assertThat(users.getAll(Set.of("user:404"), (missing, context) -> Map.of("user:404", "Hopper")))
                .hasSize(1);
    }

    @Test
    void whatIsLoadedWhileTheRegionIsClosedIsReturnedAndNotStored() {
        Region<String> users = Client.users(connect());
        assertThat(users.getAll(List.of("user:1"), (missing, context) -> {
                    users.close();
                    return Map.of("user:1", "Ada");
                }))
                .hasSize(1);
        assertThat(users.stats().entries()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> users.getAll(List.of(), (missing, context) -> Map.of()));
    }

    // ---- Without a thread

    @Test
    void whoeverCancelsEndsHisOwnWaitOnly() {
        Region<String> users = Client.users(connect(), options -> options.tier(TestClients.TEXT, Duration.ofHours(1)));
        CompletableFuture<@Nullable String> source = new CompletableFuture<>();
        AtomicInteger loads = new AtomicInteger();
        List<CompletableFuture<@Nullable String>> callers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            callers.add(users.getAsync("user:1", (key, load) -> {
                loads.incrementAndGet();
                return source;
            }));
        }
        callers.get(0).cancel(true);
        source.complete("Ada");
        assertThat(callers.get(1).join()).isEqualTo("Ada");
        assertThat(callers.get(2).join()).isEqualTo("Ada");
        assertThat(loads).hasValue(1);
        assertThat(users.getIfPresent("user:1")).isEqualTo("Ada");
    }

    @Test
    void anAsynchronousLoadThatEndsAfterTheCloseIsReturnedAndNotStored() {
        Region<String> users = Client.users(connect());
        CompletableFuture<@Nullable String> source = new CompletableFuture<>();
        CompletableFuture<@Nullable String> caller = users.getAsync("user:1", (key, load) -> source);
        users.close();
        source.complete("Ada");
        assertThat(caller.join()).isEqualTo("Ada");
        assertThat(users.stats().entries()).isZero();
    }

    // ---- Keys of other types

    private record PriceKey(String product, String currency) {}

    private static final KeyText<PriceKey> PRICES =
            KeyText.joining(key -> List.of("price", key.product(), key.currency()));

    @Test
    void partsOfAKeyAreKeptApart() {
        assertThat(PRICES.of(new PriceKey("a", "EUR"))).isEqualTo("price:a:EUR");
        List<String> awkward = List.of("", ":", "::", "%", "%3A", "a", "a:", ":a", "a:b", "a%3Ab", "é", "%25");
        Map<String, PriceKey> byText = new HashMap<>();
        for (String product : awkward) {
            for (String currency : awkward) {
                PriceKey key = new PriceKey(product, currency);
                assertThat(byText.put(PRICES.of(key), key)).as("%s", key).isNull();
            }
        }
    }

    @Test
    void aRegionHasKeysOfAnyType() {
        Freshet freshet = connect();
        Region<String> texts = Client.users(freshet);
        KeyedRegion<PriceKey, String> prices = texts.keyed(PRICES);
        PriceKey one = new PriceKey("a:b", "EUR");
        PriceKey two = new PriceKey("a", "b:EUR");
        assertThat(prices.get(one, (key, load) -> "1 " + key.currency())).isEqualTo("1 EUR");
        assertThat(prices.get(two, (key, load) -> "2", texts.mark())).isEqualTo("2");
        assertThat(prices.getIfPresent(one)).isEqualTo("1 EUR");
        assertThat(texts.getIfPresent(prices.text(one))).isEqualTo("1 EUR");
        PriceKey three = new PriceKey("c", "EUR");
        assertThat(prices.getAll(List.of(three, one), (missing, context) -> {
                    Map<PriceKey, String> loaded = new HashMap<>();
                    missing.forEach(key -> loaded.put(key, "3 " + key.product()));
                    return loaded;
                }))
                .containsExactly(Map.entry(three, "3 c"), Map.entry(one, "1 EUR"));
        assertThat(prices.lookup(three)).isInstanceOf(Lookup.Hit.class);

        assertThat(prices.invalidate(one).orThrow().appliedHere()).isTrue();
        assertThat(prices.getIfPresent(one)).isNull();
        assertThat(prices.getIfPresent(two)).isEqualTo("2");
        prices.invalidateAll(List.of(two, three));
        assertThat(prices.getAsync(two, (key, load) -> CompletableFuture.completedFuture("anew"))
                        .join())
                .isEqualTo("anew");
        assertThat(prices.write(three, "4", write -> {}).isStored()).isTrue();
        assertThat(prices.getIfPresent(three)).isEqualTo("4");
        texts.invalidate(Change.builder().prefixes("price:a:").build());
        assertThat(prices.getIfPresent(two)).isNull();
        assertThat(prices.getIfPresent(three)).isEqualTo("4");
    }

    @Test
    void aTextThatDoesNotKeepKeysApartIsRefusedWhereItShows() {
        KeyedRegion<Object, String> wrong = Client.users(connect()).keyed(key -> "same");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wrong.getAll(List.of(1, 2), (missing, context) -> Map.of()))
                .withMessageContaining("keep keys apart");
    }

    // ---- Values that may be changed

    private static Set<String> of(String... names) {
        return new HashSet<>(Set.of(names));
    }

    @Test
    void withoutACopierValuesAreShared() {
        Region<Set<String>> roles = connect().region("roles", RegionOptions.maximumEntries(10));
        Set<String> loaded = of("admin");
        assertThat(roles.get("user:1", (key, load) -> loaded)).isSameAs(loaded);
        assertThat(roles.getIfPresent("user:1")).isSameAs(loaded);
    }

    @Test
    void withACopierNobodyChangesWhatIsCached() {
        Region<Set<String>> roles = connect()
                .region("roles", RegionOptions.<Set<String>>maximumEntries(100).copier(HashSet::new));
        roles.ready().join();
        List<Set<String>> seen = new ArrayList<>();
        Set<String> loaded = of("admin");
        seen.add(loaded);
        seen.add(roles.get("get", (key, load) -> loaded));
        seen.add(roles.get("get", (key, load) -> of("not loaded")));
        seen.add(roles.getIfPresent("get"));
        seen.add(roles.get("marked", (key, load) -> loaded, roles.mark()));
        seen.add(roles.getAsync("async", (key, load) -> CompletableFuture.completedFuture(loaded))
                .join());
        Map<String, Set<String>> all = roles.getAll(List.of("all", "get"), (missing, context) -> Map.of("all", loaded));
        seen.addAll(all.values());
        roles.write("written", loaded, write -> {});
        roles.store(Leases.of(roles.lookup("stored")), loaded, StoreOptions.none());
        if (roles.lookup("get") instanceof Lookup.Hit<Set<String>> hit) {
            seen.add(hit.value());
        }
        assertThat(seen).hasSize(9).doesNotContainNull();

        seen.forEach(each -> Objects.requireNonNull(each).add("changed"));

        for (String key : List.of("get", "marked", "async", "all", "written", "stored")) {
            await().untilAsserted(
                            () -> assertThat(roles.getIfPresent(key)).as(key).containsExactly("admin"));
        }
    }
}

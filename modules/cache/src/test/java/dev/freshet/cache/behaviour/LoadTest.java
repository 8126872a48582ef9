package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loader;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Selector;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class LoadTest {

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** A load that waits to be let go. */
    private static final class SlowLoad implements Loader<String> {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch letGo = new CountDownLatch(1);
        private final String value;
        private final String[] tags;

        SlowLoad(String value, String... tags) {
            this.value = value;
            this.tags = tags;
        }

        @Override
        public String load(String key, dev.freshet.cache.LoadContext context) throws Exception {
            context.tags(tags);
            begun.countDown();
            letGo.await();
            return value;
        }
    }

    @Test
    void aMissLoadsAndAHitDoesNot() {
        AtomicInteger loads = new AtomicInteger();
        Loader<String> loader = (key, load) -> key + loads.incrementAndGet();
        assertThat(cache.get("k", loader)).isEqualTo("k1");
        assertThat(cache.get("k", loader)).isEqualTo("k1");
        assertThat(cache.stats().loads()).isEqualTo(1);
        assertThat(bench.heard.loads).isEqualTo(1);
    }

    @Test
    void whatTheLoaderSaysOfItsValueHolds() {
        cache.get("k", (key, load) -> {
            load.tags("t").ttl(Duration.ofSeconds(5)).version(3);
            return "v";
        });
        assertThat(cache.find("k").orElseThrow().version()).isEqualTo(OptionalLong.of(3));
        bench.advance(Duration.ofSeconds(5));
        assertThat(cache.getIfPresent("k")).isNull();
        cache.get("k", (key, load) -> {
            load.tags(List.of("t")).deadline(bench.clock.instant().plusSeconds(5));
            return "v";
        });
        cache.invalidate(Selector.tags("t"));
        assertThat(cache.getIfPresent("k")).isNull();
        cache.get("k", (key, load) -> {
            load.doNotStore();
            return "v";
        });
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void anAbsenceIsCachedOnlyWhereAsked() {
        AtomicInteger loads = new AtomicInteger();
        Loader<String> plain = (key, load) -> {
            loads.incrementAndGet();
            return null;
        };
        assertThat(cache.get("k", plain)).isNull();
        assertThat(cache.get("k", plain)).isNull();
        assertThat(loads).hasValue(2);
        Loader<String> asking = (key, load) -> {
            loads.incrementAndGet();
            load.cacheAbsence().ttl(Duration.ofSeconds(1));
            return null;
        };
        assertThat(cache.get("k", asking)).isNull();
        assertThat(cache.get("k", asking)).isNull();
        assertThat(loads).hasValue(3);
        cache.invalidate(Selector.prefixes("k"));
        assertThat(cache.get("k", asking)).isNull();
        assertThat(loads).hasValue(4);
    }

    @Test
    void concurrentCallersShareOneLoad() throws Exception {
        SlowLoad slow = new SlowLoad("v");
        Future<String> first = threads.submit(() -> cache.get("k", slow));
        slow.begun.await();
        List<Future<String>> others = new ArrayList<>();
        AtomicInteger inside = new AtomicInteger();
        for (int i = 0; i < 8; i++) {
            others.add(threads.submit(() -> {
                inside.incrementAndGet();
                return cache.get("k", (key, load) -> "another load");
            }));
        }
        await().until(() -> inside.get() == 8);
        slow.letGo.countDown();
        assertThat(first.get()).isEqualTo("v");
        for (Future<String> other : others) {
            assertThat(other.get()).isEqualTo("v");
        }
        assertThat(cache.stats().loads()).isEqualTo(1);
    }

    @Test
    void anInvalidationOfAnyKindDetachesALoadAndItsValueIsNotKept() throws Exception {
        List<Consumer<RegionCache<String>>> invalidations = List.of(
                c -> c.invalidate("k"),
                c -> bench.apply(c, Selector.keys("k"), Duration.ZERO),
                c -> bench.apply(c, Selector.tags("t"), Duration.ZERO),
                c -> bench.apply(c, Selector.prefixes("k"), Duration.ZERO),
                c -> bench.apply(c, Selector.all(), Duration.ZERO),
                RegionCache::clear,
                c -> c.reset(ResetReason.EPOCH),
                RegionCache::joined);
        for (Consumer<RegionCache<String>> invalidation : invalidations) {
            cache.invalidate("k");
            SlowLoad slow = new SlowLoad("old", "t");
            Future<String> early = threads.submit(() -> cache.get("k", slow));
            slow.begun.await();
            invalidation.accept(cache);
            cache.sweep();
            assertThat(cache.get("k", (key, load) -> {
                        load.tags("t");
                        return "new";
                    }))
                    .isEqualTo("new");
            slow.letGo.countDown();
            assertThat(early.get()).isEqualTo("old");
            assertThat(cache.getIfPresent("k")).isEqualTo("new");
        }
        assertThat(bench.heard.refused).hasSize(8).containsOnly(Refusal.INVALIDATED, Refusal.RESET);
    }

    @Test
    void aLoadMayTakeLongerThanALeaseLives() throws Exception {
        SlowLoad slow = new SlowLoad("v");
        Future<String> caller = threads.submit(() -> cache.get("k", slow));
        slow.begun.await();
        bench.advance(Duration.ofMinutes(1));
        cache.sweep();
        slow.letGo.countDown();
        assertThat(caller.get()).isEqualTo("v");
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    @Test
    void aFailureReachesEveryCallerAndIsNotCached() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        IOException fault = new IOException("the source is away");
        Future<String> first = threads.submit(() -> cache.get("k", (key, load) -> {
            begun.countDown();
            letGo.await();
            throw fault;
        }));
        begun.await();
        Future<String> second = threads.submit(() -> {
            Thread.currentThread().setName("second caller");
            return cache.get("k", (key, load) -> "another load");
        });
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread ->
                        thread.getName().equals("second caller") && thread.getState() == Thread.State.TIMED_WAITING));
        letGo.countDown();
        for (Future<String> caller : List.of(first, second)) {
            assertThatThrownBy(caller::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(LoadException.class)
                    .hasMessageContaining("k")
                    .cause()
                    .isSameAs(fault);
        }
        assertThat(cache.get("k", (key, load) -> "v")).isEqualTo("v");
        assertThat(cache.stats().loadFailures()).isEqualTo(1);
        assertThat(bench.heard.loadsFailed).isEqualTo(1);
    }

    @Test
    void aLoadThatGetsItsOwnKeyIsRefused() {
        assertThatThrownBy(() -> cache.get("k", (key, load) -> cache.get("k", (again, inner) -> "v")))
                .isInstanceOf(LoadException.class)
                .hasCauseInstanceOf(RecursiveLoadException.class);
        assertThatThrownBy(
                        () -> cache.get("a", (a, load) -> cache.get("b", (b, inner) -> cache.get("a", (c, in) -> "v"))))
                .hasRootCauseInstanceOf(RecursiveLoadException.class);
        assertThat(cache.get("k", (key, load) -> cache.get("j", (other, inner) -> "v")))
                .isEqualTo("v");
    }

    @Test
    void loadsOfTwoThreadsThatWouldWaitForEachOtherAreRefused() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        Future<String> one = threads.submit(() -> cache.get("a", (key, load) -> {
            both.countDown();
            both.await();
            return cache.get("b", (other, inner) -> "b");
        }));
        Future<String> two = threads.submit(() -> cache.get("b", (key, load) -> {
            both.countDown();
            both.await();
            return cache.get("a", (other, inner) -> "a");
        }));
        for (Future<String> caller : List.of(one, two)) {
            assertThatThrownBy(() -> caller.get(60, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(RecursiveLoadException.class);
        }
    }

    @Test
    void aLoadThatHoldsUpTheMemoryOfTagsIsCutOffByItsBound() throws Exception {
        RegionCache<String> small =
                bench.builder().maximumBroadInvalidations(10).build();
        SlowLoad slow = new SlowLoad("old", "t0");
        Future<String> caller = threads.submit(() -> small.get("k", slow));
        slow.begun.await();
        for (int i = 0; i < 25; i++) {
            small.invalidate(Selector.tags("t" + i));
            small.sweep();
        }
        slow.letGo.countDown();
        assertThat(caller.get()).isEqualTo("old");
        assertThat(small.getIfPresent("k")).isNull();
        assertThat(bench.heard.resets).isNotEmpty();
    }
}

package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.cache.LoadException;
import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.ServingState;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The invariant: a caller that waits for a load waits for the load timeout at most, and for the soft timeout if there is a copy; a load
 * that takes too long holds up nobody who comes later, and what it brings late is stored only under its own lease.
 */
@Timeout(240)
class LoadTimeoutTest {

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(200);
    private static final Loader<String> NEVER_ASKED = (key, load) -> {
        throw new AssertionError("not to be asked");
    };

    private final Bench bench = new Bench();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);

    /** Waits to be let go. */
    private final Loader<String> slow = (key, load) -> {
        load.tags("t");
        begun.countDown();
        letGo.await();
        return "slow";
    };

    @AfterEach
    void stopThreads() {
        letGo.countDown();
        threads.shutdownNow();
    }

    private RegionCache<String> cacheWithACopy(RegionCacheBuilder<String> builder) {
        RegionCache<String> cache = builder.failSafe(Duration.ofHours(1)).build();
        bench.attach(cache);
        cache.put("k", "copy");
        cache.invalidate("k");
        return cache;
    }

    private Future<String> begin(RegionCache<String> cache) throws InterruptedException {
        Future<String> first = threads.submit(() -> cache.get("k", slow));
        begun.await();
        return first;
    }

    // ---- The load timeout

    @Test
    void whoWaitsFailsWithTheKeyAndTheLimitAndALaterCallerLoads() throws Exception {
        RegionCache<String> cache = bench.builder().loadTimeout(SHORT).build();
        Future<String> first = begin(cache);
        assertThatThrownBy(() -> cache.get("k", NEVER_ASKED))
                .isInstanceOf(LoadTimeoutException.class)
                .isInstanceOf(LoadException.class)
                .hasMessageContaining("\"k\"")
                .hasMessageContaining("50 ms");
        assertThat(cache.stats().loadTimeouts()).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            assertThat(cache.get("k", (key, load) -> "quick")).isEqualTo("quick");
            cache.invalidate("k");
        }
        letGo.countDown();
        assertThat(first.get()).isEqualTo("slow");
        assertThat(cache.getIfPresent("k")).as("its lease is dead").isNull();
    }

    @Test
    void whatALoadBringsLateIsStoredUnlessItWasInvalidated() throws Exception {
        for (boolean isInvalidated : new boolean[] {false, true}) {
            CountDownLatch go = new CountDownLatch(1);
            CountDownLatch under = new CountDownLatch(1);
            RegionCache<String> cache = bench.builder().loadTimeout(SHORT).build();
            Future<String> first = threads.submit(() -> cache.get("k", (key, load) -> {
                load.tags("t");
                under.countDown();
                go.await();
                return "late";
            }));
            under.await();
            assertThatThrownBy(() -> cache.get("k", NEVER_ASKED)).isInstanceOf(LoadTimeoutException.class);
            if (isInvalidated) {
                cache.invalidate(Selector.tags("t"));
                cache.sweep();
            }
            go.countDown();
            assertThat(first.get()).isEqualTo("late");
            assertThat(cache.getIfPresent("k")).isEqualTo(isInvalidated ? null : "late");
        }
    }

    @Test
    void whoWaitsGetsTheFailSafeCopyInstead() throws Exception {
        RegionCache<String> cache = cacheWithACopy(bench.builder().loadTimeout(SHORT));
        var unused = begin(cache);
        assertThat(cache.get("k", NEVER_ASKED)).isEqualTo("copy");
    }

    @Test
    void whoComesLateWaitsForALoadOfItsOwnAndNotForTheRestOfAnothersTime() throws Exception {
        RegionCache<String> cache = bench.builder().loadTimeout(LONG).build();
        var unused = begin(cache);
        bench.advance(LONG.minusMillis(20)); // the load is almost overdue, and this caller has just come
        assertThat(cache.get("k", (key, load) -> "own")).isEqualTo("own");
        assertThat(cache.stats().loadsTakenOver()).isEqualTo(1);
        assertThat(cache.stats().loadTimeouts()).isZero();
    }

    @Test
    void whoWaitsForALeaseIsNotHeldUpByALoadThatTakesTooLong() throws Exception {
        RegionCache<String> cache = bench.builder().loadTimeout(LONG).build();
        var unused = begin(cache);
        CompletableFuture<Lookup<String>> waiter = cache.lookupOrAwait("k", LONG.multipliedBy(10), true);
        assertThat(waiter).isNotDone();
        bench.advance(LONG);
        assertThat(cache.get("k", (key, load) -> {
                    load.doNotStore();
                    return "own";
                }))
                .isEqualTo("own");
        assertThat(waiter).isDone();
    }

    @Test
    void aRefreshThatNeverEndsIsBegunAnewByALaterReader() throws Exception {
        Queue<Runnable> tasks = new ArrayDeque<>();
        RegionCache<String> cache = bench.builder()
                .refreshAfterWrite(Duration.ofSeconds(1))
                .refreshExecutor(tasks::add)
                .loadTimeout(Duration.ofSeconds(30))
                .build();
        cache.put("k", "old");
        bench.advance(Duration.ofSeconds(2));
        assertThat(cache.get("k", slow)).isEqualTo("old");
        threads.execute(tasks.remove());
        begun.await();
        bench.advance(Duration.ofSeconds(31));
        assertThat(cache.get("k", (key, load) -> "new")).isEqualTo("old");
        tasks.remove().run();
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
    }

    // ---- The soft timeout

    @Test
    void afterTheSoftTimeoutWhoWaitsGetsTheCopyAndTheLoadGoesOn() throws Exception {
        RegionCache<String> cache =
                cacheWithACopy(bench.builder().softTimeout(SHORT).loadTimeout(LONG));
        Future<String> first = begin(cache);
        Loaded<String> loaded = cache.getWithState("k", NEVER_ASKED);
        assertThat(loaded.value()).isEqualTo("copy");
        assertThat(loaded.state()).isEqualTo(ServingState.STALE);
        assertThat(loaded.fault()).isInstanceOf(LoadTimeoutException.class).hasMessageContaining("50 ms");
        assertThat(cache.get("k", NEVER_ASKED)).isEqualTo("copy");
        assertThat(cache.stats().staleServings()).isEqualTo(2);
        assertThat(cache.stats().loadTimeouts()).isZero();
        letGo.countDown();
        assertThat(first.get()).isEqualTo("slow");
        assertThat(cache.getIfPresent("k")).isEqualTo("slow");
    }

    @Test
    void withoutACopyWhoWaitsGoesOnWaiting() throws Exception {
        RegionCache<String> cache = bench.builder()
                .failSafe(Duration.ofHours(1))
                .softTimeout(Duration.ofMillis(1))
                .loadTimeout(LONG)
                .build();
        var unused = begin(cache);
        Future<String> second = threads.submit(() -> cache.get("k", NEVER_ASKED));
        await().until(() -> !second.isDone());
        letGo.countDown();
        assertThat(second.get()).isEqualTo("slow");
    }

    @Test
    void limitsThatCannotHoldAreRefused() {
        assertThatThrownBy(() -> bench.builder().softTimeout(SHORT).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fail safe");
        assertThatThrownBy(() -> bench.builder()
                        .failSafe(LONG)
                        .softTimeout(LONG)
                        .loadTimeout(LONG)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shorter than load timeout");
        assertThatThrownBy(() -> bench.builder().loadTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> bench.builder().softTimeout(SHORT.negated()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- An executor for loads

    @Test
    void withAnExecutorTheLimitsHoldForTheCallerThatLoadsToo() throws Exception {
        RegionCache<String> soft = cacheWithACopy(
                bench.builder().loadExecutor(threads).softTimeout(SHORT).loadTimeout(LONG));
        assertThat(soft.get("k", slow)).isEqualTo("copy");
        letGo.countDown();
        await().until(() -> "slow".equals(soft.getIfPresent("k")));

        CountDownLatch never = new CountDownLatch(1);
        RegionCache<String> hard =
                bench.builder().loadExecutor(threads).loadTimeout(SHORT).build();
        assertThatThrownBy(() -> hard.get("k", (key, load) -> {
                    never.await();
                    return "never";
                }))
                .isInstanceOf(LoadTimeoutException.class);
        // A quick load may take longer than the timeout, too, where the executor's threads must wait for a processor.
        await().ignoreException(LoadTimeoutException.class)
                .until(() -> "quick".equals(hard.get("k", (key, load) -> "quick")));
    }

    @Test
    void aLoadThatTheExecutorRejectsFailsOrIsReplacedByTheCopy() {
        for (RuntimeException fault :
                new RuntimeException[] {new RejectedExecutionException("full"), new IllegalStateException("broken")}) {
            RegionCacheBuilder<String> builder = bench.builder().loadExecutor(task -> {
                throw fault;
            });
            RegionCache<String> cache = builder.build();
            assertThatThrownBy(() -> cache.get("k", NEVER_ASKED))
                    .isInstanceOf(LoadException.class)
                    .hasCause(fault);
            assertThat(cache.stats().loadsRejected()).isEqualTo(1);
            assertThat(cacheWithACopy(builder).get("k", NEVER_ASKED)).isEqualTo("copy");
        }
    }

    @Test
    void aLoadThatStartsOnlyWhenNobodyWaitsForItAnyMoreDoesNotRun() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        RegionCache<String> cache =
                bench.builder().loadExecutor(tasks::add).loadTimeout(SHORT).build();
        assertThatThrownBy(() -> cache.get("k", NEVER_ASKED)).isInstanceOf(LoadTimeoutException.class);
        tasks.remove().run();
        assertThat(cache.stats().loads() + cache.stats().loadFailures()).isZero();
        cache.invalidate(Selector.tags("another"));
        cache.sweep();
        cache.sweep();
        assertThat(cache.stats().broadInvalidations())
                .as("no lease of it holds up what was invalidated")
                .isZero();
    }

    @Test
    void aLoadThatNeedsOtherKeysDoesNotWaitForTheThreadThatItRunsOn() throws Exception {
        ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
        try {
            RegionCache<String> cache =
                    bench.builder().loadExecutor(one).loadTimeout(LONG).build();
            CountDownLatch queued = new CountDownLatch(1);
            Future<String> outer = threads.submit(() -> cache.get("a", (a, load) -> {
                begun.countDown();
                queued.await();
                return cache.get("b", (b, inner) -> "b") + cache.get("c", (c, inner) -> "c");
            }));
            begun.await();
            CountDownLatch asked = new CountDownLatch(1);
            Future<String> inner = threads.submit(() -> {
                asked.countDown();
                return cache.get("b", (b, load) -> "b");
            });
            asked.await();
            await().until(() -> one.getQueue().size() == 1);
            queued.countDown();
            assertThat(outer.get(30, TimeUnit.SECONDS)).isEqualTo("bc");
            assertThat(inner.get(30, TimeUnit.SECONDS)).isEqualTo("b");
            await().until(() -> cache.stats().loads() == 3);
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void aLoadThatGetsItsOwnKeyIsRefusedOnAnExecutorToo() {
        RegionCache<String> cache =
                bench.builder().loadExecutor(threads).loadTimeout(LONG).build();
        assertThatThrownBy(() -> cache.get("k", (key, load) -> cache.get("k", NEVER_ASKED)))
                .hasRootCauseInstanceOf(RecursiveLoadException.class);
        assertThatThrownBy(() -> cache.get("a", (a, load) -> cache.get("b", (b, inner) -> cache.get("a", NEVER_ASKED))))
                .hasRootCauseInstanceOf(RecursiveLoadException.class);
    }

    // ---- A loader that waits for itself

    @Test
    void aLoaderThatWaitsForItsOwnKeyOnAnotherThreadEndsByTheTimeout() {
        AtomicInteger loads = new AtomicInteger();
        for (boolean hasExecutor : new boolean[] {false, true}) {
            RegionCacheBuilder<String> builder = bench.builder().loadTimeout(SHORT);
            RegionCache<String> cache =
                    hasExecutor ? builder.loadExecutor(threads).build() : builder.build();
            assertThatThrownBy(() -> cache.get("k", (key, load) -> {
                        loads.incrementAndGet();
                        return threads.submit(() -> cache.get("k", NEVER_ASKED)).get();
                    }))
                    .isInstanceOf(LoadException.class);
            assertThat(cache.get("k", (key, load) -> "v")).isEqualTo("v");
        }
        assertThat(loads).hasValue(2);
    }
}

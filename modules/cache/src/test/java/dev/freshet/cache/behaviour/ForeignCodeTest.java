package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.cache.CacheListener;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever loaders, weighers, listeners, executors and callbacks throw: nobody else waits for it, no thread of ours ends. */
@Timeout(240)
class ForeignCodeTest {

    private static final Loader<String> NEVER_ASKED = (key, load) -> {
        throw new AssertionError("not to be asked");
    };

    private final Bench bench = new Bench();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> RuntimeException sneaky(Throwable fault) throws X {
        throw (X) fault;
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("unchecked"),
                new IOException("checked"),
                new SocketTimeoutException("no interruption, whatever its type"),
                new StackOverflowError("an error"),
                new NoClassDefFoundError("another error"),
                new Throwable("neither"));
    }

    // ---- Loaders

    @ParameterizedTest
    @MethodSource("faults")
    void whateverALoaderThrowsEveryCallerGetsItAndTheNextLoads(Throwable fault) throws Exception {
        for (boolean hasExecutor : new boolean[] {false, true}) {
            RegionCache<String> cache = hasExecutor
                    ? bench.builder().loadExecutor(threads).build()
                    : bench.builder().build();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch letGo = new CountDownLatch(1);
            Future<String> first = threads.submit(() -> cache.get("k", (key, load) -> {
                begun.countDown();
                letGo.await();
                throw ForeignCodeTest.<RuntimeException>sneaky(fault);
            }));
            begun.await();
            List<Future<String>> others = waiting(cache, 3, NEVER_ASKED);
            letGo.countDown();
            assertThatThrownBy(() -> first.get(60, TimeUnit.SECONDS)).hasRootCause(fault);
            for (Future<String> other : others) {
                assertThatThrownBy(() -> other.get(60, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(LoadException.class)
                        .hasCause(fault);
            }
            assertThat(cache.get("k", (key, load) -> "v")).isEqualTo("v");
            await().until(() -> cache.stats().loadFailures() == 1);
        }
    }

    /** Callers that wait for the load of "k" that is under way. */
    private List<Future<String>> waiting(RegionCache<String> cache, int count, Loader<String> loader) {
        Set<Thread> inside = java.util.concurrent.ConcurrentHashMap.newKeySet();
        List<Future<String>> waiting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waiting.add(threads.submit(() -> {
                inside.add(Thread.currentThread());
                return cache.get("k", loader);
            }));
        }
        await().until(() -> inside.size() == count
                && inside.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
        return waiting;
    }

    static Stream<Loader<String>> interrupted() {
        return Stream.of(
                (key, load) -> {
                    throw new InterruptedException("as a wait throws");
                },
                (key, load) -> {
                    throw new UncheckedIOException(new ClosedByInterruptException());
                },
                (key, load) -> {
                    throw new IllegalStateException(new InterruptedIOException("as a driver throws"));
                },
                (key, load) -> {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("the flag is set");
                });
    }

    @ParameterizedTest
    @MethodSource("interrupted")
    void whereTheLoadingThreadIsInterruptedOneOfThoseThatWaitTakesTheLoadOver(Loader<String> interrupted)
            throws Exception {
        RegionCache<String> cache = bench.builder().build();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        Future<String> first = threads.submit(() -> cache.get("k", (key, load) -> {
            begun.countDown();
            letGo.await();
            return interrupted.load(key, load);
        }));
        begun.await();
        AtomicInteger loads = new AtomicInteger();
        List<Future<String>> others = waiting(cache, 5, (key, load) -> {
            loads.incrementAndGet();
            return "taken over";
        });
        letGo.countDown();
        for (Future<String> other : others) {
            assertThat(other.get(60, TimeUnit.SECONDS)).isEqualTo("taken over");
        }
        assertThatThrownBy(first::get).cause().isInstanceOf(LoadException.class);
        assertThat(loads).hasValue(1);
        assertThat(cache.getIfPresent("k")).isEqualTo("taken over");
        assertThat(cache.stats().loadsTakenOver()).isEqualTo(5);
    }

    @Test
    void wherEveryLoadingThreadIsInterruptedEachCallerHearsOfItsOwnAndNobodyWaitsOn() throws Exception {
        RegionCache<String> cache = bench.builder().build();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        Loader<String> loader = (key, load) -> {
            begun.countDown();
            letGo.await();
            throw new InterruptedException();
        };
        Future<String> first = threads.submit(() -> cache.get("k", loader));
        begun.await();
        List<Future<String>> callers = new ArrayList<>(waiting(cache, 4, loader));
        callers.add(first);
        letGo.countDown();
        for (Future<String> caller : callers) {
            assertThatThrownBy(() -> caller.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(LoadException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
        }
        await().until(() -> cache.stats().loadFailures() == 5);
    }

    @Test
    void whoIsInterruptedWhileItWaitsLeavesTheLoadToTheOthers() throws Exception {
        RegionCache<String> cache = bench.builder().build();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        Future<String> first = threads.submit(() -> cache.get("k", (key, load) -> {
            begun.countDown();
            letGo.await();
            return "v";
        }));
        begun.await();
        List<Future<String>> others = waiting(cache, 2, NEVER_ASKED);
        others.get(0).cancel(true);
        letGo.countDown();
        assertThat(others.get(1).get()).isEqualTo("v");
        assertThat(first.get()).isEqualTo("v");
    }

    // ---- Weighers

    @ParameterizedTest
    @MethodSource("faults")
    void aValueThatCannotBeWeighedIsReturnedAndNotKeptAndNeitherIsTheOneBefore(Throwable fault) {
        AtomicReference<String> heavy = new AtomicReference<>("none");
        RegionCache<String> cache = RegionCache.<String>builder("users")
                .maximumBytes(100_000, value -> {
                    if (!value.equals(heavy.get())) {
                        return value.length();
                    }
                    throw ForeignCodeTest.<RuntimeException>sneaky(fault);
                })
                .time(bench.time)
                .sweptByOwner()
                .build();
        cache.put("k", "light");
        cache.put("j", "light");
        heavy.set("heavy");
        assertThat(cache.get("m", (key, load) -> "heavy")).isEqualTo("heavy");
        assertThat(cache.getIfPresent("m")).isNull();
        assertThat(cache.put("j", "heavy")).isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(cache.getIfPresent("j")).isNull();
        assertThat(cache.store(cache.lease("k"), "heavy", StoreOptions.none()))
                .isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.stats().weigherFailures()).isEqualTo(3);
    }

    @Test
    void aValueOfLessThanNoBytesIsNotKept() {
        RegionCache<String> cache = RegionCache.<String>builder("users")
                .maximumBytes(100_000, value -> -1)
                .sweptByOwner()
                .build();
        assertThat(cache.put("k", "v")).isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(cache.stats().weigherFailures()).isEqualTo(1);
    }

    // ---- Executors

    @Test
    void whateverTheExecutorOfRefreshesThrowsTheReaderGetsItsHit() {
        for (Throwable fault : List.of(
                new RejectedExecutionException("full"), new IOException("broken"), new OutOfMemoryError("no thread"))) {
            RegionCache<String> cache = bench.builder()
                    .refreshAfterWrite(Duration.ofSeconds(1))
                    .refreshExecutor(task -> {
                        throw ForeignCodeTest.<RuntimeException>sneaky(fault);
                    })
                    .build();
            cache.put("k", "v");
            bench.advance(Duration.ofSeconds(2));
            assertThat(cache.get("k", NEVER_ASKED)).isEqualTo("v");
            assertThat(cache.stats().refreshesRejected()).isEqualTo(1);
        }
    }

    @Test
    void anErrorInARefreshEndsNoThreadAndTheEntryStays() {
        List<Throwable> escaped = new ArrayList<>();
        RegionCache<String> cache = bench.builder()
                .refreshAfterWrite(Duration.ofSeconds(1))
                .refreshExecutor(task -> {
                    try {
                        task.run();
                    } catch (Throwable fault) {
                        escaped.add(fault);
                    }
                })
                .build();
        cache.put("k", "v");
        bench.advance(Duration.ofSeconds(2));
        assertThat(cache.get("k", (key, load) -> {
                    throw new StackOverflowError();
                }))
                .isEqualTo("v");
        assertThat(escaped).isEmpty();
        assertThat(cache.stats().loadFailures()).isEqualTo(1);
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    // ---- Listeners and callbacks

    @Test
    void aListenerThatThrowsAnErrorStopsNothing() {
        RegionCache<String> cache = bench.builder()
                .listener(new CacheListener() {
                    @Override
                    public void evicted(String region, dev.freshet.cache.EvictionCause cause, long count) {
                        throw new StackOverflowError();
                    }

                    @Override
                    public void loaded(String region, long tookNanos, boolean failed) {
                        throw ForeignCodeTest.<RuntimeException>sneaky(new IOException());
                    }

                    @Override
                    public void stored(String region) {
                        throw new AssertionError();
                    }
                })
                .build();
        assertThat(cache.get("k", (key, load) -> "v")).isEqualTo("v");
        bench.apply(cache, Selector.keys("k"), Duration.ZERO);
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.stats().listenerFailures()).isEqualTo(3);
    }

    @Test
    void aCallbackThatNeverReturnsDoesNotStopTheSweeperOfOtherCaches() throws Exception {
        Thread caller = Thread.currentThread();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (RegionCache<String> one = RegionCache.<String>builder("users")
                        .maximumEntries(10)
                        .leaseTtl(Duration.ofMillis(50))
                        .build();
                RegionCache<String> other = RegionCache.<String>builder("orders")
                        .maximumEntries(10)
                        .evictAgainAfter(Duration.ofMillis(50))
                        .build()) {
            CompletableFuture<Void> after;
            do {
                one.lookup("k"); // its lease ends, and this one's turn comes; again if it came before anything was
                // attached
                CompletableFuture<Lookup<String>> waiter = one.lookupOrAwait("k", Duration.ofHours(1), true);
                after = waiter.thenAccept(found -> {
                    if (Thread.currentThread() != caller) {
                        held.countDown();
                        hold(never);
                    }
                });
            } while (after.isDone());
            held.await();
            other.invalidate("k");
            other.put("k", "old");
            await().until(() -> other.getIfPresent("k") == null);
            assertThat(after).isNotDone();
        } finally {
            never.countDown();
        }
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Invalidates single keys from several threads as fast as possible, until every subscriber has evicted every key. */
final class Throughput {

    private static final int THREADS = 8;

    private Throughput() {}

    /** Returns keys per second, each delivered to all subscribers. */
    static double run(Contender contender, Arrivals arrivals, Keys keys) {
        contender.fill(keys);
        Evictions.requireAllCached(contender, keys);
        arrivals.begin(keys, false);
        System.gc();
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch ready = new CountDownLatch(THREADS);
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> parts = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                List<String> part = part(keys, thread);
                parts.add(executor.submit(() -> {
                    try (Contender.Caller caller = contender.caller(Contender.Style.STREAM)) {
                        ready.countDown();
                        go.await();
                        part.forEach(caller::invalidate);
                        caller.settle();
                    }
                    return null;
                }));
            }
            ready.await();
            long startNanos = System.nanoTime();
            go.countDown();
            for (Future<?> done : parts) {
                done.get();
            }
            Evictions.requireAllEvicted(contender, arrivals, keys);
            return keys.count() * (double) TimeUnit.SECONDS.toNanos(1) / (arrivals.completeAtNanos() - startNanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("A call of the contender failed", e);
        } finally {
            executor.shutdownNow();
        }
    }

    private static List<String> part(Keys keys, int thread) {
        List<String> part = new ArrayList<>();
        for (int i = thread; i < keys.count(); i += THREADS) {
            part.add(keys.key(i));
        }
        return part;
    }
}

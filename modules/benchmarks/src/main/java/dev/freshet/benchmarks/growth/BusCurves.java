package dev.freshet.benchmarks.growth;

import dev.freshet.benchmarks.growth.Growth.Notebook;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** Measures the curves that involve Redis. */
final class BusCurves {

    static final String CPU_PER_KEY = "Subscribers: Redis CPU per key";
    static final String BYTES_PER_KEY = "Subscribers: sent per key and subscriber";
    static final String IDLE_CPU = "Subscribers: idle, Redis CPU per second and subscriber";
    static final String IDLE_BYTES = "Subscribers: idle, sent per second and subscriber";

    private static final String REGIONS_IDLE_CPU = "Regions: idle, Redis CPU per second";
    private static final String REGIONS_IDLE_BYTES = "Regions: idle, sent per second";

    private static final int MAX_IN_FLIGHT = 1_024;
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(2_000);
    private static final long LOADED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final double MICROS = 1e6;

    private final RedisProcess redis;
    private final Growth.Plan plan;

    BusCurves(RedisProcess redis, Growth.Plan plan) {
        this.redis = redis;
        this.plan = plan;
    }

    void run(Notebook notebook) {
        for (int subscribers : plan.subscribers()) {
            subscribers(notebook, subscribers);
        }
        for (int regions : plan.regions()) {
            regions(notebook, regions);
        }
        for (int batch : plan.batches()) {
            try (Fleet fleet = fleet(4, 1)) {
                double seconds = publish(fleet, 4, 1, batch);
                notebook.note(
                        "Keys per change: evicted by four subscribers",
                        Growth.count(batch),
                        "keys/s",
                        keys(batch) / seconds);
            }
        }
        for (int rate : plan.rates()) {
            try (Fleet fleet = fleet(4, 1)) {
                load(notebook, fleet, rate);
            }
        }
    }

    private Fleet fleet(int subscribers, int regions) {
        redis.empty();
        return new Fleet(redis.uri(), subscribers, regions);
    }

    private int keys(int batch) {
        return Math.max(1, plan.keys() / batch) * batch;
    }

    private void subscribers(Notebook notebook, int subscribers) {
        String at = Growth.count(subscribers);
        try (Fleet fleet = fleet(subscribers, 1)) {
            RedisLoad before = RedisLoad.of(redis.uri());
            double seconds = publish(fleet, subscribers, 1, 1);
            RedisLoad after = RedisLoad.of(redis.uri());
            notebook.note("Subscribers: evicted by all", at, "keys/s", keys(1) / seconds);
            notebook.note(CPU_PER_KEY, at, "µs", (after.cpuSeconds() - before.cpuSeconds()) * MICROS / keys(1));
            notebook.note(
                    BYTES_PER_KEY, at, "bytes", (after.outputBytes() - before.outputBytes()) / keys(1) / subscribers);
            idle(notebook, IDLE_CPU, IDLE_BYTES, at, subscribers);
        }
    }

    /** Measures the cost of heartbeats. */
    private void idle(Notebook notebook, String cpuMeasure, String bytesMeasure, String at, int subscribers) {
        RedisLoad before = RedisLoad.of(redis.uri());
        pause(IDLE_NANOS);
        RedisLoad after = RedisLoad.of(redis.uri());
        double seconds = (after.atNanos() - before.atNanos()) / 1e9;
        notebook.note(
                cpuMeasure,
                at,
                "µs",
                Math.max(1, (after.cpuSeconds() - before.cpuSeconds()) * MICROS / seconds / subscribers));
        notebook.note(
                bytesMeasure,
                at,
                "bytes",
                Math.max(1, (after.outputBytes() - before.outputBytes()) / seconds / subscribers));
    }

    private void regions(Notebook notebook, int regions) {
        String at = Growth.count(regions);
        try (Fleet fleet = fleet(1, regions)) {
            double seconds = publish(fleet, 1, regions, 1);
            notebook.note("Regions: changed in turn, evicted by one subscriber", at, "keys/s", keys(1) / seconds);
            idle(notebook, REGIONS_IDLE_CPU, REGIONS_IDLE_BYTES, at, 1);
        }
    }

    /** Returns the seconds from the first call until every subscriber has evicted every key. */
    private double publish(Fleet fleet, int subscribers, int regions, int batch) {
        ArrayDeque<CompletableFuture<Receipt>> calls = new ArrayDeque<>();
        long startNanos = System.nanoTime();
        int sent = 0;
        for (int i = 0; sent < keys(batch); i++) {
            String[] names = new String[batch];
            for (int k = 0; k < batch; k++) {
                names[k] = "user:" + sent++;
            }
            calls.add(fleet.publisher().publish(Fleet.region(i % regions), Change.ofKeys(names)));
            if (calls.size() > Math.max(1, MAX_IN_FLIGHT / batch)) {
                calls.remove().join();
            }
        }
        calls.forEach(CompletableFuture::join);
        fleet.awaitApplied((long) sent * subscribers);
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Offers calls at a fixed rate, whether or not they are refused, then waits for the recovery. */
    private void load(Notebook notebook, Fleet fleet, int rate) {
        String at = Growth.count(rate);
        LongAdder accepted = new LongAdder();
        LongAdder refused = new LongAdder();
        AtomicLong longestNanos = new AtomicLong();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        long startNanos = System.nanoTime();
        long offered = 0;
        while (System.nanoTime() - startNanos < LOADED_NANOS) {
            long due = (System.nanoTime() - startNanos) * rate / 1_000_000_000L;
            while (offered < due && System.nanoTime() - startNanos < LOADED_NANOS) {
                long calledNanos = System.nanoTime();
                calls.add(fleet.publisher()
                        .publish(Fleet.region(0), Change.ofKeys("user:" + offered++))
                        .handle((receipt, fault) -> {
                            (fault == null ? accepted : refused).increment();
                            if (fault == null) {
                                longestNanos.accumulateAndGet(System.nanoTime() - calledNanos, Math::max);
                            }
                            return fault;
                        }));
            }
            LockSupport.parkNanos(100_000);
        }
        long loadedNanos = System.nanoTime() - startNanos;
        CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
        fleet.awaitApplied(accepted.sum() * 4);
        long recoveredNanos = System.nanoTime() - startNanos - loadedNanos;
        double seconds = loadedNanos / 1e9;
        notebook.note("Calls offered per second: accepted", at, "/s", accepted.sum() / seconds);
        notebook.note(
                "Calls offered per second: refused (503)", at, "%", Math.max(0.01, 100.0 * refused.sum() / offered));
        notebook.note("Calls offered per second: slowest acknowledgement", at, "ms", longestNanos.get() / 1e6);
        notebook.note("Calls offered per second: last eviction after the load", at, "ms", recoveredNanos / 1e6);
    }

    private static void pause(long nanos) {
        long untilNanos = System.nanoTime() + nanos;
        while (System.nanoTime() < untilNanos) {
            LockSupport.parkNanos(untilNanos - System.nanoTime());
        }
    }
}

package dev.freshet.benchmarks.eviction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Replays traces on every policy in real time. Redis measures the age of keys in seconds and fades frequencies by the minute, so a faster
 * replay would measure something else. All servers run side by side; the load of each is small.
 */
public final class EvictionRun {

    static final int REQUESTS_PER_SECOND = 1_200;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int entries;
    private final int requests;
    private final double speed;
    private final Consumer<String> progress;

    /**
     * Creates a run.
     *
     * @param entries entries that each cache holds
     * @param requests requests in each trace
     * @param speed 1 for real time; a higher speed shows only whether it works
     */
    public EvictionRun(int entries, int requests, double speed, Consumer<String> progress) {
        this.entries = entries;
        this.requests = requests;
        this.speed = speed;
        this.progress = progress;
    }

    /** The result of one policy. */
    private record Measured(String policy, double hitRate, double entries) {}

    /** Replays the traces. Returns hit rates and average numbers of entries by trace and policy. */
    public EvictionResults run(List<TraceKind> kinds, List<RedisPolicy> policies) {
        EvictionResults results = new EvictionResults();
        List<EvictingRedis> servers = new ArrayList<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Map<TraceKind, List<Future<Measured>>> running = new LinkedHashMap<>();
            List<Callable<Measured>> tasks = new ArrayList<>();
            List<TraceKind> ofTask = new ArrayList<>();
            for (TraceKind kind : kinds) {
                Trace trace = kind.first(requests);
                for (LocalPolicy policy : LocalPolicy.values()) {
                    results.put(trace.name(), policy.label(), policy.hitRate(trace, entries), entries);
                }
                for (RedisPolicy policy : policies) {
                    EvictingRedis server = new EvictingRedis(policy, entries);
                    servers.add(server);
                    tasks.add(() -> replay(trace, policy, server));
                    ofTask.add(kind);
                }
                progress.accept(trace.name() + ": " + policies.size() + " servers are ready");
            }
            for (int i = 0; i < tasks.size(); i++) {
                running.computeIfAbsent(ofTask.get(i), kind -> new ArrayList<>())
                        .add(threads.submit(tasks.get(i)));
            }
            for (Map.Entry<TraceKind, List<Future<Measured>>> each : running.entrySet()) {
                for (Future<Measured> one : each.getValue()) {
                    Measured measured = one.get();
                    results.put(each.getKey().label(), measured.policy(), measured.hitRate(), measured.entries());
                }
            }
            results.redis(servers.isEmpty() ? "none" : servers.get(0).version());
        } catch (ExecutionException e) {
            throw new IllegalStateException("A replay failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted during a replay", e);
        } finally {
            threads.shutdownNow();
            servers.forEach(EvictingRedis::close);
        }
        return results;
    }

    private Measured replay(Trace trace, RedisPolicy policy, EvictingRedis server) throws InterruptedException {
        int[] keys = trace.keys();
        boolean[] hits = new boolean[keys.length];
        long begin = System.nanoTime();
        long sampleAt = begin;
        double held = 0;
        int samples = 0;
        int done = 0;
        while (done < keys.length) {
            long elapsed = System.nanoTime() - begin;
            int due = (int) Math.min(keys.length, 1 + elapsed * speed * REQUESTS_PER_SECOND / 1e9);
            server.request(keys, done, due, hits);
            done = due;
            if (done > trace.warmUp() && System.nanoTime() - sampleAt > 0) {
                held += server.entries();
                samples++;
                sampleAt = System.nanoTime() + SAMPLE_NANOS;
            }
            TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
        }
        int count = 0;
        for (int i = trace.warmUp(); i < hits.length; i++) {
            count += hits[i] ? 1 : 0;
        }
        return new Measured(
                policy.label(), (double) count / (hits.length - trace.warmUp()), held / Math.max(1, samples));
    }
}

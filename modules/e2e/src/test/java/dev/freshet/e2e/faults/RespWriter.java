package dev.freshet.e2e.faults;

import dev.freshet.testkit.RedisServer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A program without Freshet that changes keys in Redis. It writes each version until the master has acknowledged it. One thread writes.
 */
final class RespWriter implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 2_000;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(300);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LONGEST_STOP_MILLIS = 180_000;

    private final Source source;
    private final Supplier<RedisServer> master;
    private volatile boolean isStopping;
    private volatile boolean awaitsReplica;
    private volatile long acknowledgedRequestNanos = System.nanoTime();
    private volatile String lastRefusal = "";
    private @Nullable Thread thread;

    RespWriter(Source source, Supplier<RedisServer> master) {
        this.source = source;
        this.master = master;
    }

    /** From now on, only what a replica has too counts as acknowledged. */
    void awaitReplica(boolean does) {
        awaitsReplica = does;
    }

    /** Begins to change keys from the first up to a count, over and over. */
    void start(int keys) {
        isStopping = false;
        Thread fresh = new Thread(() -> run(keys), "resp-writer");
        fresh.setDaemon(true);
        thread = fresh;
        fresh.start();
    }

    private void run(int keys) {
        Jedis redis = null;
        for (int number = 0; !isStopping; number = (number + 1) % keys) {
            int version = source.commit(number);
            for (boolean isDone = false; !isDone; ) {
                try {
                    redis = redis == null ? connect() : redis;
                    isDone = write(redis, number);
                } catch (JedisException e) {
                    lastRefusal = String.valueOf(e.getMessage());
                    close(redis);
                    redis = null;
                    LockSupport.parkNanos(RETRY_NANOS);
                }
            }
            if (source.version(number) != version) {
                throw new IllegalStateException("two writers");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        close(redis);
    }

    private Jedis connect() {
        RedisServer to = master.get();
        return new Jedis(to.host(), to.port(), TIMEOUT_MILLIS);
    }

    private boolean write(Jedis redis, int number) {
        Source.Value value = source.read(number);
        long requestNanos = System.nanoTime();
        redis.set(value.key(), new String(value.encode(), java.nio.charset.StandardCharsets.US_ASCII));
        if (awaitsReplica && redis.waitReplicas(1, TIMEOUT_MILLIS / 2) < 1) {
            lastRefusal = "no replica has it";
            return false;
        }
        source.acknowledged(number, System.nanoTime());
        acknowledgedRequestNanos = requestNanos;
        return true;
    }

    private static void close(@Nullable Jedis redis) {
        if (redis != null) {
            redis.close();
        }
    }

    /** Returns when the last write that was acknowledged began. */
    long acknowledgedRequestNanos() {
        return acknowledgedRequestNanos;
    }

    /** Stops. Returns when the last change is acknowledged. */
    void stop() throws InterruptedException {
        isStopping = true;
        Thread running = thread;
        if (running != null) {
            running.join(LONGEST_STOP_MILLIS);
            if (running.isAlive()) {
                throw new AssertionError("a write is not acknowledged: " + lastRefusal);
            }
        }
        thread = null;
    }

    @Override
    public void close() {
        isStopping = true;
    }
}

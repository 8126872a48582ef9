package dev.freshet.e2e.faults;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Clients of one sidecar. One thread reads what others write, and holds each copy against what it claims. Another writes keys of its own,
 * and reads each write at once, also on a second connection.
 */
final class RespClients implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int MAX_VIOLATIONS = 20;
    private static final int OWN_KEYS = 5;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final String SET = "return redis.call('set', ARGV[1], ARGV[2])";

    private final String name;
    private final int port;
    private final Source source;
    private final ConfirmationCheck check;
    private final List<String> violations = new ArrayList<>();
    private volatile boolean isStopping;
    private volatile long allowanceNanos;
    private final LongAdder copies = new LongAdder();
    private final LongAdder ownWrites = new LongAdder();
    private volatile long longestStaleNanos;
    private volatile long confirmedAsOfNanos = Long.MIN_VALUE;
    private List<Thread> threads = List.of();

    RespClients(String name, int port, Source source, ConfirmationCheck check) {
        this.name = name;
        this.port = port;
        this.source = source;
        this.check = check;
    }

    private Jedis connect() {
        return new Jedis("127.0.0.1", port, TIMEOUT_MILLIS);
    }

    /** @param allowance how long Redis itself may claim what is not true */
    void start(int keys, java.time.Duration allowance) {
        isStopping = false;
        allowanceNanos = allowance.toNanos();
        copies.reset();
        ownWrites.reset();
        longestStaleNanos = 0;
        confirmedAsOfNanos = Long.MIN_VALUE;
        Thread reader = new Thread(() -> read(keys), name + "-reader");
        Thread owner = new Thread(this::writeAndRead, name + "-owner");
        threads = List.of(reader, owner);
        threads.forEach(thread -> thread.setDaemon(true));
        threads.forEach(Thread::start);
    }

    // ---- What others write

    private record Exact(@Nullable String value, String state, long ageNanos) {}

    private static Exact exact(Jedis client, String key) {
        List<?> parts = (List<?>) client.sendCommand(
                () -> "FRESHET.GET".getBytes(StandardCharsets.US_ASCII), key.getBytes(StandardCharsets.US_ASCII));
        byte[] value = (byte[]) parts.get(0);
        return new Exact(
                value == null ? null : new String(value, StandardCharsets.US_ASCII),
                new String((byte[]) parts.get(1), StandardCharsets.US_ASCII),
                TimeUnit.MILLISECONDS.toNanos((long) parts.get(2)));
    }

    private void read(int keys) {
        Jedis client = null;
        for (int number = 0; !isStopping; number = (number + 1) % keys) {
            try {
                client = client == null ? connect() : client;
                long requestNanos = System.nanoTime();
                Exact answer = exact(client, Source.key(number));
                if (!answer.state.equals("redis")) {
                    copy(number, answer, requestNanos);
                }
            } catch (JedisException e) {
                if (client != null) {
                    client.close();
                }
                client = null;
                LockSupport.parkNanos(RETRY_NANOS);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        if (client != null) {
            client.close();
        }
    }

    private void copy(int number, Exact answer, long requestNanos) {
        copies.increment();
        if (answer.value == null) {
            violation("an absence of " + Source.key(number) + ", which always exists");
            return;
        }
        Source.Value value = Source.Value.decode(answer.value);
        long supersededNanos = source.supersededNanos(number, value.version());
        check.broken(answer.state, answer.ageNanos, requestNanos - allowanceNanos, supersededNanos)
                .ifPresent(what -> violation(value + ": " + what + ", age "
                        + TimeUnit.NANOSECONDS.toMillis(answer.ageNanos) + " ms, superseded "
                        + TimeUnit.NANOSECONDS.toMillis(requestNanos - supersededNanos) + " ms ago"));
        if (supersededNanos != Source.NOT_SUPERSEDED) {
            longestStaleNanos = Math.max(longestStaleNanos, requestNanos - supersededNanos);
        }
        confirmedAsOfNanos = Math.max(confirmedAsOfNanos, requestNanos - answer.ageNanos);
    }

    // ---- Own writes

    private void writeAndRead() {
        Jedis writes = null;
        Jedis reads = null;
        for (int i = 1; !isStopping; i++) {
            try {
                if (writes == null || reads == null) {
                    writes = connect();
                    reads = connect();
                }
                writeAndRead(writes, reads, i);
            } catch (JedisDataException refused) {
                LockSupport.parkNanos(RETRY_NANOS); // out of memory, or no replica: nothing was written
            } catch (JedisException e) {
                close(writes);
                close(reads);
                writes = null;
                reads = null;
                LockSupport.parkNanos(RETRY_NANOS);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        close(writes);
        close(reads);
    }

    private void writeAndRead(Jedis writes, Jedis reads, int i) {
        String key = "user:own-" + name + "-" + i % OWN_KEYS;
        String value = Integer.toString(i);
        reads.get(key); // so that there is a copy
        if (i % 7 == 0) {
            writes.eval(SET, 0, key, value);
        } else if (i % 10 == 0) {
            writes.del(key);
            value = null;
        } else {
            writes.set(key, value);
        }
        for (Jedis client : List.of(writes, reads)) {
            String found = client.get(key);
            if (!Objects.equals(found, value)) {
                violation("the own write of " + value + " to " + key + " is read as " + found);
            }
        }
        ownWrites.increment();
    }

    private static void close(@Nullable Jedis client) {
        if (client != null) {
            client.close();
        }
    }

    private void violation(String what) {
        synchronized (violations) {
            if (violations.size() < MAX_VIOLATIONS) {
                violations.add(what);
            }
        }
    }

    // ---- For the test's thread

    /** Stops reading. Returns what was wrong. */
    List<String> stop() throws InterruptedException {
        isStopping = true;
        for (Thread thread : threads) {
            thread.join(2L * TIMEOUT_MILLIS);
        }
        threads = List.of();
        synchronized (violations) {
            List<String> all = List.copyOf(violations);
            violations.clear();
            return all;
        }
    }

    /** Deletes a key through the sidecar, and returns what is read then: that works where nothing can be stored. */
    @Nullable
    String readAfterDelete(String key) {
        try (Jedis client = connect()) {
            client.get(key);
            client.del(key);
            return client.get(key);
        }
    }

    /** Returns the keys that are read as something else than their last version. */
    List<String> stale(int keys) {
        List<String> stale = new ArrayList<>();
        try (Jedis client = connect()) {
            for (int number = 0; number < keys; number++) {
                String value = client.get(Source.key(number));
                if (value == null || Source.Value.decode(value).version() != source.version(number)) {
                    stale.add(Source.key(number) + " is " + value + " instead of version " + source.version(number));
                }
            }
        }
        return stale;
    }

    /** Returns the latest moment as of which a copy was confirmed. */
    long confirmedAsOfNanos() {
        return confirmedAsOfNanos;
    }

    long copies() {
        return copies.sum();
    }

    long ownWrites() {
        return ownWrites.sum();
    }

    long longestStaleNanos() {
        return longestStaleNanos;
    }

    @Override
    public void close() {
        isStopping = true;
    }
}

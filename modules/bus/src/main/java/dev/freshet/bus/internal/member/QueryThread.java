package dev.freshet.bus.internal.member;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RoleWatch;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.bus.internal.thread.Timeouts;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The one thread that runs queries, with its connections and retries. Any thread may call {@link #ask} and {@link #close}. */
final class QueryThread {

    private static final long FIRST_POLL_MICROS = 500;
    private static final long MAX_POLL_MICROS = 20_000;

    /** Before the second and each further retry of a query whose connection broke. */
    private static final long RETRY_PAUSE_MICROS = 50_000;

    /** At most so many queries are open at a time; a further one is refused. */
    private static final int MAX_OPEN = 1_000;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** What a query does in one turn of the thread: it completes the query, or polls. If it fails it is repeated. */
    interface Step<T> {
        void run(Query<T> query);
    }

    /** A query under way. Belongs to the thread. */
    final class Query<T> {
        private final AnswerFuture<T> done = new AnswerFuture<>();
        private final long deadlineNanos;
        private long pollMicros = FIRST_POLL_MICROS;
        private boolean hasFailed;

        private Query(Duration timeout) {
            this.deadlineNanos = time.nanoTime() + timeout.toNanos();
        }

        /** Whether the caller's timeout is over, so that the query completes with what it has. */
        boolean isTimeUp() {
            return time.nanoTime() - deadlineNanos >= 0;
        }

        void complete(T result) {
            done.answer(result);
        }

        /** Runs a step after a pause, which doubles with each poll. */
        void poll(Step<T> step) {
            if (!done.isAnswered()) {
                long pauseMicros = pollMicros;
                pollMicros = Math.min(MAX_POLL_MICROS, 2 * pauseMicros);
                hasFailed = false;
                schedule(this, pauseMicros, step);
            }
        }

        private void fail(Reason reason, String why) {
            done.fail(new UnavailableException(reason, why, false, RETRY_AFTER));
        }
    }

    private final RedisConnector connector;
    private final Topology topology;
    private final TimeSource time;
    private final Map<HostAndPort, RoleWatch> connections = new HashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final ScheduledThreadPoolExecutor executor;

    /** Why every query fails from now on; null while they do not. */
    private volatile @Nullable String broken;

    QueryThread(RedisConnector connector, Topology topology, TimeSource time) {
        this.connector = connector;
        this.topology = topology;
        this.time = time;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> new BusThread(task, "freshet-member-queries"));
    }

    /**
     * Begins a query. A step whose connection breaks, or whose server is not the master any more, is retried: once at least,
     * and until the timeout.
     *
     * @return completes exceptionally with {@link UnavailableException} if Redis is unavailable or refuses, or if too many
     *     queries are open
     */
    @SuppressWarnings("FutureReturnValueIgnored") // only counts
    <T> CompletableFuture<T> ask(Duration timeout, Step<T> first) {
        Query<T> query = new Query<>(timeout);
        if (open.incrementAndGet() > MAX_OPEN) {
            open.decrementAndGet();
            query.fail(Reason.QUEUE_FULL, "more than " + MAX_OPEN + " questions are open");
            return query.done;
        }
        query.done.whenComplete((result, failure) -> open.decrementAndGet());
        // The thread may hang in a command of another query: the caller gets an answer all the same.
        long graceNanos = timeout.toNanos() + 2 * connector.commandTimeout().toNanos();
        Timeouts.unlessDone(
                query.done, graceNanos, () -> query.fail(Reason.REDIS_AWAY, "Redis did not answer in time"));
        schedule(query, 0, first);
        return query.done;
    }

    /** Returns a connection to the master of a key. Blocks while it connects. On the thread. */
    RedisConnection connection(String key) {
        HostAndPort master = topology.masterOf(key);
        RoleWatch known = connections.get(master);
        if (known == null || known.connection().isBroken()) {
            known = new RoleWatch(connector.open(master), time);
            connections.put(master, known);
        }
        known.check();
        return known.connection();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // run contains its own faults
    private <T> void schedule(Query<T> query, long delayMicros, Step<T> step) {
        String lasting = broken;
        if (lasting != null) {
            query.fail(Reason.REDIS_MISCONFIGURED, lasting);
            return;
        }
        try {
            executor.schedule(() -> run(query, step), delayMicros, TimeUnit.MICROSECONDS);
        } catch (RejectedExecutionException e) {
            String meanwhile = broken;
            if (meanwhile != null) {
                query.fail(Reason.REDIS_MISCONFIGURED, meanwhile);
            } else {
                query.fail(Reason.CLOSED, "the publisher is closed");
            }
        }
    }

    private <T> void run(Query<T> query, Step<T> step) {
        if (query.done.isAnswered()) {
            return;
        }
        String lasting = broken;
        if (lasting != null) {
            query.fail(Reason.REDIS_MISCONFIGURED, lasting);
            return;
        }
        try {
            step.run(query);
        } catch (JedisDataException e) {
            if (RedisErrors.isElsewhere(e)) {
                retry(query, step, e);
            } else {
                query.fail(
                        RedisErrors.isMisconfigured(e) ? Reason.REDIS_MISCONFIGURED : Reason.REDIS_REFUSED,
                        "Redis refuses a command: " + e.getMessage());
            }
        } catch (JedisException | BusException e) {
            retry(query, step, e);
        } catch (LinkageError e) {
            broken(e);
            query.fail(Reason.REDIS_MISCONFIGURED, String.valueOf(broken));
        } catch (RuntimeException | Error e) {
            query.done.fail(new BusException("a query failed because of a bug", e));
        }
    }

    /** The thread ends when those that wait have failed. */
    private void broken(LinkageError fault) {
        broken = connector.faults().broken(fault);
        executor.shutdown();
        closeConnections();
    }

    /** A connection may have broken long ago without anybody having noticed; it says nothing about the server. Nor does a failover. */
    private <T> void retry(Query<T> query, Step<T> step, RuntimeException fault) {
        closeConnections();
        topology.refresh();
        if (!query.hasFailed || !query.isTimeUp()) {
            long pauseMicros = query.hasFailed ? RETRY_PAUSE_MICROS : 0;
            query.hasFailed = true;
            schedule(query, pauseMicros, step);
        } else {
            query.fail(
                    RedisErrors.isMisconfigured(fault) ? Reason.REDIS_MISCONFIGURED : Reason.REDIS_AWAY,
                    "Redis cannot be asked: " + RedisErrors.rootMessage(fault));
        }
    }

    private void closeConnections() {
        connections.values().forEach(watch -> watch.connection().closeQuietly());
        connections.clear();
    }

    void close() {
        if (!executor.isShutdown()) {
            executor.execute(this::closeConnections);
            executor.shutdown();
        }
    }
}

package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The way of a call that a caller begins in the appending thread's place: a connection of its own to the node, on which a
 * thread of its own waits for the answer already. So a caller that has sent has nobody to wake. To wake a thread takes the
 * caller longer than to send, and where processors are few, it is Redis that waits meanwhile.
 *
 * <p>One call is under way at a time. {@link #begin} belongs to who has the place, see {@link AppendQueue}; the place is
 * handed on when the answer is there, on this lane's thread. What goes wrong here is nobody's loss: the call goes to the
 * appending thread like any other, and the lane makes a fresh connection.
 */
final class DirectAppends {

    private static final Logger LOG = LoggerFactory.getLogger(DirectAppends.class);

    /** How often it looks whether the node is up again. */
    private static final long LOOK_EVERY_MILLIS = 100;

    /** Nothing asks whether a connection lives that is not used, and what lies between may have forgotten it. */
    private static final long MOST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * A call that was sent, or is about to be. Its bytes are made by who has the place, and before the lane knows of it and may
     * hand the place on.
     */
    record Begun(
            AppendNode.Call call, byte[] bytes, Submission submission, RecordPacker.Result packed, long sentNanos) {}

    /** Who the place is handed on to. */
    interface Owner {
        /**
         * What was begun has come to its end, on the lane's thread or, where nothing could be sent, on the caller's.
         *
         * @param answer null if nobody knows what became of it
         */
        void ended(AppendNode node, Begun its, AppendNode.@Nullable Answer answer);
    }

    private record Link(RedisConnection connection, String runId) {}

    private final AppendNode node;
    private final RedisConnector connector;
    private final TimeSource time;
    private final Owner owner;
    private final Backoff backoff = new Backoff();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Whoever takes it out ends it. */
    private final AtomicReference<@Nullable Begun> begun = new AtomicReference<>();

    private volatile @Nullable Link link;

    DirectAppends(AppendNode node, RedisConnector connector, TimeSource time, Owner owner) {
        this.node = node;
        this.connector = connector;
        this.time = time;
        this.owner = owner;
    }

    void start() {
        Thread thread = new Thread(this::run, "freshet-append-answers");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether {@link #begin} would send, to the server that bears this run_id. */
    boolean isReady(String runId) {
        Link current = link;
        return current != null && current.runId.equals(runId) && !current.connection.isBroken();
    }

    /**
     * Sends the call, and hands the place on when it has come to its end. Never blocks: such a call fits any buffer.
     *
     * <p>That may be before this returns, so nothing here, nor after it, may touch what belongs to who has the place.
     */
    void begin(Begun its) {
        Link current = link;
        begun.set(its);
        try {
            if (current == null) {
                throw new JedisConnectionException("the connection is gone");
            }
            current.connection.sendAtOnce(its.bytes());
        } catch (RuntimeException | Error e) {
            if (!(e instanceof JedisException)) {
                LOG.error("a call met a fault of its own", e);
            }
            if (current != null) {
                current.connection.abort();
            }
            // Its own call, and no other: the lane may have ended this one long ago, and be about another caller's.
            if (begun.compareAndSet(its, null)) {
                owner.ended(node, its, null);
            }
        }
    }

    /** Gives the connection up, so that what is under way ends. Any thread. */
    void abort() {
        Link current = link;
        if (current != null) {
            current.connection.abort();
        }
    }

    void close() {
        closed.countDown();
        abort();
    }

    // ---- the lane's thread

    private void run() {
        while (!isClosed()) {
            if (!node.isUp()) {
                pause(LOOK_EVERY_MILLIS);
                continue;
            }
            boolean goesOn = false;
            try {
                follow(connect());
                goesOn = true;
            } catch (JedisException | BusException | ClassCastException e) {
                LOG.debug("the way of callers to {} ends: {}", node.address(), e.getMessage());
            } catch (RuntimeException | Error e) {
                LOG.error("the thread that waits for answers met a fault of its own and starts over", e);
            }
            drop();
            if (goesOn) {
                backoff.reset();
            } else {
                pause(backoff.nextMillis());
            }
        }
    }

    private Link connect() {
        RedisConnection connection = connector.open(node.address());
        Link fresh;
        try {
            fresh = new Link(connection, connection.runId());
            if (!node.isKnownAs(fresh.runId())) {
                throw new BusException("another server answers at " + node.address());
            }
        } catch (RuntimeException e) {
            connection.closeQuietly();
            throw e;
        }
        link = fresh;
        if (isClosed()) {
            connection.abort();
        }
        return fresh;
    }

    /** Returns when a fresh connection should take this one's place, though nothing is wrong with it that one knows of. */
    private void follow(Link current) {
        // Looked at as often as that, so that an answer may be overdue for as long again.
        long answerNanos = connector.commandTimeout().toNanos();
        long usedNanos = time.nanoTime();
        while (!isClosed()) {
            if (current.connection.awaitReply()) {
                Begun its = begun.getAndSet(null);
                if (its == null) {
                    throw new JedisConnectionException("the server ended the connection, or spoke unasked");
                }
                end(current, its);
                backoff.reset();
                usedNanos = time.nanoTime();
                continue;
            }
            Begun its = begun.get();
            if (its != null && time.nanoTime() - its.sentNanos() >= answerNanos) {
                throw new JedisConnectionException("no answer in time");
            }
            boolean isStale = time.nanoTime() - usedNanos >= MOST_IDLE_NANOS || !node.isKnownAs(current.runId);
            if (its == null && isStale) {
                return;
            }
        }
    }

    private void end(Link current, Begun its) {
        AppendNode.Answer answer = null;
        try {
            answer = node.receive(current.connection, its.call());
        } finally {
            // Whatever happens: nobody else hands the place on.
            owner.ended(node, its, answer);
        }
    }

    private void drop() {
        Link current = link;
        link = null;
        if (current != null) {
            current.connection.closeQuietly();
        }
        endUnknown();
    }

    private void endUnknown() {
        Begun its = begun.getAndSet(null);
        if (its != null) {
            owner.ended(node, its, null);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void pause(long millis) {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.debug("closed");
            }
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }
}

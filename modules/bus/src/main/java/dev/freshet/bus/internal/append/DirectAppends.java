package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.schema.SelectorParts;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Appends that callers send themselves: a second connection to a node, on which a thread of its own already waits for the
 * answer, so that a caller wakes no thread. Waking a thread takes a caller longer than sending does, and where processors are
 * few, Redis waits meanwhile.
 *
 * <p>One append is in flight at a time. Only the leader may {@link #send}; the answers' thread leads when the answer is there.
 * If anything fails here, the change goes to the appending thread like any other, and this connection is made afresh.
 */
final class DirectAppends {

    private static final Logger LOG = LoggerFactory.getLogger(DirectAppends.class);

    /** A caller sends only what takes no time to pack, and fits into the buffer of a socket. */
    private static final int MAX_NAMES = 16;

    /** While the node is unavailable, the thread looks again at this interval. */
    private static final long LOOK_EVERY_MILLIS = 100;

    /** Nothing checks an idle connection, and what lies between may have forgotten it: then it is made afresh. */
    private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final HostAndPort address;
    private final NodeSession node;
    private final NodeSession session;
    private final AppendReplies replies;
    private final TimeSource time;
    private final long answerNanos;
    private final Backoff backoff = new Backoff();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ConfigurationFaults faults;

    /** Whether a class or method is missing: then all goes to the appending thread. */
    private volatile boolean isBroken;

    /** Whoever takes it out ends it. */
    private final AtomicReference<@Nullable InFlightAppend> inFlight = new AtomicReference<>();

    /** @param node the appending thread's session with the node; this one must lead to the same server */
    DirectAppends(HostAndPort address, NodeSession node, AppendContext context, AppendReplies replies) {
        this.address = address;
        this.node = node;
        this.session = NodeSession.withoutClock(context.connector());
        this.replies = replies;
        this.time = context.time();
        this.faults = context.connector().faults();
        this.answerNanos = context.connector().commandTimeout().toNanos();
    }

    /** Whether a change is small enough for its caller to send it. */
    static boolean mayCarry(Submission submission) {
        return SelectorParts.weigh(submission.selectors()) <= MAX_NAMES;
    }

    void start() {
        new BusThread(this::run, "freshet-append-answers").start();
    }

    /** Whether {@link #send} would send, to the server that the node is known as. */
    boolean isReady() {
        return !isBroken && session.usable() != null && session.isKnownAs(node.runId());
    }

    /**
     * Sends an append; its successor leads when it has ended. Never blocks: such a call fits any buffer.
     *
     * <p>The successor may lead before this method returns. So nothing here, nor after it, may touch what belongs to the
     * leader.
     */
    void send(InFlightAppend append) {
        RedisConnection current = session.usable();
        inFlight.set(append);
        try {
            if (current == null) {
                throw new JedisConnectionException("the connection is gone");
            }
            current.sendAtOnce(append.bytes());
        } catch (RuntimeException | Error e) {
            if (e instanceof LinkageError missing) {
                isBroken = true;
                faults.broken("a direct append", missing);
            } else if (!(e instanceof JedisException)) {
                LOG.error("a direct append failed unexpectedly", e);
            }
            if (current != null) {
                current.abort();
            }
            // This append and no other: the answers' thread may have ended it long ago, and carry another caller's.
            if (inFlight.compareAndSet(append, null)) {
                append.end(null);
            }
        }
    }

    /** Gives the connection up, so that what is in flight ends. Any thread. */
    void abort() {
        session.abort();
    }

    void close() {
        closed.countDown();
        abort();
    }

    // ---- the answers' thread

    private void run() {
        while (!isClosed() && !isBroken) {
            if (!node.isOpen()) {
                pause(LOOK_EVERY_MILLIS);
                continue;
            }
            boolean goesOn = false;
            try {
                follow(connect());
                goesOn = true;
            } catch (JedisException | BusException | ClassCastException e) {
                LOG.debug("the connection for direct appends to {} ends: {}", address, e.getMessage());
            } catch (LinkageError e) {
                isBroken = true;
                faults.broken(e);
            } catch (RuntimeException | Error e) {
                LOG.error("the thread that waits for answers failed unexpectedly and starts again", e);
            }
            session.close();
            endUnknown();
            if (isBroken) {
                return;
            }
            if (goesOn) {
                backoff.reset();
            } else {
                pause(backoff.nextMillis());
            }
        }
    }

    private RedisConnection connect() {
        RedisConnection fresh = session.open(address, (connection, server, isOther) -> {
            if (!node.isKnownAs(server)) {
                throw new BusException("another server answers at " + address);
            }
        });
        if (isClosed()) {
            fresh.abort();
        }
        return fresh;
    }

    /** Returns when the connection should be made afresh, though no fault of it is known. */
    private void follow(RedisConnection connection) {
        long usedNanos = time.nanoTime();
        while (!isClosed()) {
            if (connection.awaitReply(lookAfterMillis())) {
                InFlightAppend append = inFlight.getAndSet(null);
                if (append == null) {
                    throw new JedisConnectionException("the server ended the connection, or spoke unasked");
                }
                end(connection, append);
                backoff.reset();
                usedNanos = time.nanoTime();
                continue;
            }
            InFlightAppend append = inFlight.get();
            if (append != null && time.nanoTime() - append.sentNanos() >= answerNanos) {
                throw new JedisConnectionException("no answer in time");
            }
            boolean isStale = time.nanoTime() - usedNanos >= MAX_IDLE_NANOS || !node.isKnownAs(session.runId());
            if (append == null && isStale) {
                return;
            }
        }
    }

    /** Returns after how long {@link #follow} looks again: when an answer is overdue, at most half a command timeout. */
    private int lookAfterMillis() {
        InFlightAppend append = inFlight.get();
        long leftNanos = append == null ? answerNanos : answerNanos - (time.nanoTime() - append.sentNanos());
        long afterNanos = Math.max(0, Math.min(answerNanos / 2, leftNanos));
        return (int) TimeUnit.NANOSECONDS.toMillis(afterNanos) + 1;
    }

    private void end(RedisConnection connection, InFlightAppend append) {
        AppendAnswer answer = null;
        try {
            answer = replies.readDirect(connection, append.call());
        } finally {
            // Whatever happens: no other thread takes the lead.
            append.end(answer);
        }
    }

    private void endUnknown() {
        InFlightAppend append = inFlight.getAndSet(null);
        if (append != null) {
            try {
                append.end(null);
            } catch (LinkageError e) {
                isBroken = true;
                faults.broken(e);
            }
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
            LOG.debug("interrupted, but not closed: goes on");
        }
    }
}

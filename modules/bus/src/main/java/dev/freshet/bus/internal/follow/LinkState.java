package dev.freshet.bus.internal.follow;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisClock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;

/** What the receiving thread and the control thread of a link share. Any thread. */
final class LinkState {

    private static final Logger LOG = LoggerFactory.getLogger(LinkState.class);

    private final CopyOnWriteArrayList<RegionFeed> feeds = new CopyOnWriteArrayList<>();
    private final RedisClock clock;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable HostAndPort node;
    private volatile boolean isSubscribed;
    private volatile boolean isMisconfigured;
    private volatile @Nullable String trouble = "no connection was made yet";

    LinkState(TimeSource time) {
        this.clock = new RedisClock(time);
    }

    /** The regions that this link follows. Others see it grow and shrink; iterating sees one moment of it. */
    List<RegionFeed> feeds() {
        return feeds;
    }

    /** The clock of the node's server. The control thread takes its samples. */
    RedisClock clock() {
        return clock;
    }

    /** The node, or null before it is known. */
    @Nullable
    HostAndPort node() {
        return node;
    }

    void node(HostAndPort master) {
        node = master;
    }

    /** Whether the server acknowledged the subscription, and the connection is not known to be lost since. */
    boolean isSubscribed() {
        return isSubscribed;
    }

    void isSubscribed(boolean now) {
        isSubscribed = now;
    }

    /** What went wrong last, or null if nothing did since the last answer to a heartbeat. */
    @Nullable
    String trouble() {
        return trouble;
    }

    void trouble(@Nullable String why) {
        trouble = why;
    }

    /** Whether heartbeats are refused until somebody mends the configuration; then nothing else needs to be said about it. */
    boolean isMisconfigured() {
        return isMisconfigured;
    }

    void isMisconfigured(boolean now) {
        isMisconfigured = now;
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    void close() {
        closed.countDown();
    }

    /** Waits, or returns early: once the link is closed, or if the thread is interrupted, which closes nothing. */
    void pause(long millis) {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted, but not closed: goes on");
        }
    }
}

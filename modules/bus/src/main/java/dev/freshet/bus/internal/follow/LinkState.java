package dev.freshet.bus.internal.follow;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisClock;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private volatile @Nullable HostAndPort node;
    private volatile boolean isClosed;
    private volatile boolean isSubscribed;
    private volatile boolean isMisconfigured;
    private volatile @Nullable String broken;
    private volatile @Nullable String trouble = "no connection was made yet";

    /** Whether regions came that need not wait for the end of a pause. Under this object's lock. */
    private boolean isWoken;

    LinkState(TimeSource time) {
        this.clock = new RedisClock(time);
    }

    /** The regions that this link follows now. */
    List<RegionFeed> feeds() {
        return List.copyOf(feeds);
    }

    boolean isEmpty() {
        return feeds.isEmpty();
    }

    /**
     * Takes regions in.
     *
     * @param arePlaced whether they are known to live on this link's node; if not, only a link that looks for its node takes them
     * @return false if the link does not take them: it has ended, or has found its node
     */
    synchronized boolean add(Collection<RegionFeed> newcomers, boolean arePlaced) {
        if (isClosed || (!arePlaced && node != null)) {
            return false;
        }
        feeds.addAll(newcomers);
        if (!arePlaced) {
            isWoken = true;
            notifyAll();
        }
        return true;
    }

    /** Takes a region out. Of several threads that try, one gets true. */
    synchronized boolean remove(RegionFeed feed) {
        return feeds.remove(feed);
    }

    /** Closes the link if it has no region. Returns whether it is closed. From then on it takes no region in. */
    synchronized boolean closeIfEmpty() {
        if (feeds.isEmpty()) {
            close();
        }
        return isClosed;
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

    /** Settles at a node. From then on only regions that are known to live there are taken in. */
    synchronized void settle(HostAndPort master) {
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
        String lasting = broken;
        return lasting != null ? lasting : trouble;
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

    /** Why nothing is received any more, or null. The regions stay, unconfirmed: no other link would fare better. */
    @Nullable
    String broken() {
        return broken;
    }

    /** Nothing is received from now on. */
    synchronized void broken(String why) {
        broken = why;
        notifyAll();
    }

    /** Whether the link is to end: it is closed, or cannot go on. */
    boolean isOver() {
        return isClosed || broken != null;
    }

    boolean isClosed() {
        return isClosed;
    }

    synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    /**
     * Waits, or returns early: once the link is closed, if regions come that look for their node, or if the thread is interrupted,
     * which closes nothing.
     */
    synchronized void pause(long millis) {
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (long left = millis; left > 0 && !isOver() && !isWoken; ) {
                wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted, but not closed: goes on");
        }
        isWoken = false;
    }
}

package dev.freshet.bus;

import dev.freshet.bus.internal.append.RedisPublisher;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Appends changes to the logs of their regions. Safe to use from any thread; one instance serves a whole process.
 *
 * <pre>{@code
 * try (Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:6379"))) {
 *     database.update(user);                                              // commit first
 *     publisher.publish("users", Change.ofKeys("user:" + user.id())).join();   // then say so
 * }
 * }</pre>
 *
 * <p>No method blocks. Futures complete on a thread of the publisher: a callback that takes long belongs on an executor
 * of the caller's.
 */
public interface Publisher extends AutoCloseable {

    /** Starts a publisher. It connects in the background; until then, and whenever Redis is away, changes are refused. */
    static Publisher connect(PublisherConfig config) {
        return connect(config, PublisherListener.NONE);
    }

    /** Starts a publisher that reports what it does. */
    static Publisher connect(PublisherConfig config, PublisherListener listener) {
        return RedisPublisher.start(config, listener, TimeSource.SYSTEM);
    }

    /**
     * Appends a change. There is no waiting to fill a batch: what queues up while an append is under way goes together
     * into the next.
     *
     * <p>Where {@link PublisherConfig#broadMaximumEntries} is set, a change of tags, prefixes or all is preceded by a {@link
     * #dryRun}, unless it is {@linkplain Change#forced forced}. It is refused if more entries would go than are allowed, and
     * also if some live member has not counted in time: a limit that lets through what it could not count is none. A member
     * that is gone for longer than its own bound is not asked.
     *
     * @return completes when the change is in the log (and on as many replicas as configured), or exceptionally with an
     *     {@link UnavailableException} or a {@link TooBroadException}; cancelling it does not take the change back
     * @throws IllegalArgumentException if the region's name is not valid
     */
    CompletableFuture<Receipt> publish(String region, Change change);

    /**
     * Appends changes of one region, in this order. The same as {@link #publish} of each, but they queue up in one step, so
     * that a burst goes in few records from its first change on.
     *
     * @return a future a change, each as {@code publish} would have returned it
     * @throws IllegalArgumentException if the region's name is not valid
     */
    default List<CompletableFuture<Receipt>> publishAll(String region, List<Change> changes) {
        return changes.stream().map(change -> publish(region, change)).toList();
    }

    /**
     * Waits until every live member of the receipts' regions has applied them.
     *
     * @param receipts of changes that were published as {@link Change#awaited}; others are applied as fast, but reported
     *     only with the next heartbeat
     * @param timeout the longest wait; afterwards the result names those that lag
     */
    CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout);

    /**
     * Asks every live member how many entries these selectors would evict. Nothing is evicted, nothing is appended.
     *
     * @param timeout the longest wait for answers
     */
    CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout);

    /** Reads what is known about a region: its head and its members. A region that nobody used has neither. */
    CompletableFuture<RegionView> region(String region);

    /** Names the regions that somebody published to or subscribed to, in order. */
    CompletableFuture<List<String>> regions();

    /** Returns whether the last attempt to talk to Redis succeeded; for a health check. Never blocks. */
    boolean isConnected();

    /** Returns how much waits in the queue, each key, tag and prefix counting as one. */
    int queuedInvalidations();

    /** Returns how many bytes of acknowledged records are kept, to be appended again if the server's identity changes. */
    long acknowledgedBytes();

    /** Returns this process's idea of the Redis clock. */
    RedisTime time();

    /** Refuses what comes from now on, appends what is queued, and disconnects; bounded by the command timeout. */
    @Override
    void close();
}

package dev.freshet.bus;

import dev.freshet.bus.internal.append.RedisPublisher;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Appends changes to the logs of their regions. Safe to use from any thread; one instance serves a whole process.
 *
 * <pre>{@code
 * try (Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:6379"))) {
 *     database.update(user);                                                   // commit first
 *     publisher.publish("users", Change.ofKeys("user:" + user.id())).join();   // then publish
 * }
 * }</pre>
 *
 * <p>No method blocks. Callbacks of futures run on threads of a pool for callbacks, or on the calling thread. They may wait for
 * other futures. Run what takes long on an executor of your own: where some callbacks take long, the others begin late.
 */
public interface Publisher extends AutoCloseable {

    /**
     * Starts a publisher. It connects in the background; until then, and while Redis is unavailable, changes are refused.
     *
     * @throws UnsupportedLibraryException if the Jedis on the class path does not fit
     */
    static Publisher connect(PublisherConfig config) {
        return connect(config, PublisherListener.NONE);
    }

    /** Starts a publisher that reports what it does. */
    static Publisher connect(PublisherConfig config, PublisherListener listener) {
        return RedisPublisher.start(config, listener, TimeSource.SYSTEM);
    }

    /**
     * Appends a change. It does not wait for a batch to fill: what queues up while an append is in flight goes together into
     * the next.
     *
     * <p>If {@link PublisherConfig#broadMaximumEntries} is set, a {@link #dryRun} precedes a change of tags, prefixes or all,
     * unless the change is {@linkplain Change#forced forced}. The change is refused if more entries would go than are allowed,
     * or if some live member does not count in time. A member that is gone for longer than its own bound is not asked.
     *
     * @return completes when the change is in the log (and on as many replicas as configured), or exceptionally with an
     *     {@link UnavailableException} or a {@link TooBroadException}; cancelling it does not take the change back
     * @throws IllegalArgumentException if the region's name is not valid
     */
    CompletableFuture<Receipt> publish(String region, Change change);

    /**
     * Appends a change, and stops waiting for Redis after a time.
     *
     * @param timeout the longest wait
     * @return as {@link #publish(String, Change)}; when the time has passed, it fails with an {@link UnavailableException} whose
     *     {@link UnavailableException#mayHaveBeenAppended} is true
     * @throws IllegalArgumentException if the region's name is not valid
     */
    CompletableFuture<Receipt> publish(String region, Change change, Duration timeout);

    /**
     * Appends changes of one region, in this order. Unlike a {@link #publish} of each, they queue up in one step, so that a
     * burst goes in few records from its first change on.
     *
     * @return a future for each change, as {@code publish} would return it
     * @throws IllegalArgumentException if the region's name is not valid
     */
    default List<CompletableFuture<Receipt>> publishAll(String region, List<Change> changes) {
        return changes.stream().map(change -> publish(region, change)).toList();
    }

    /**
     * Waits until every live member of the receipts' regions has applied them.
     *
     * @param receipts of changes that were published as {@link Change#awaited}; members apply others as fast, but report them
     *     only with their next heartbeat
     * @param timeout the longest wait; afterwards the result names the members that lag
     */
    CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout);

    /**
     * Asks every live member how many entries these selectors would evict. Nothing is evicted, nothing is appended.
     *
     * @param timeout the longest wait for answers
     */
    CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout);

    /**
     * Asks every live member which entries it would serve now. Nothing is evicted, nothing is appended, nothing counts as read.
     *
     * @param timeout the longest wait for answers
     * @return one answer for each live member
     * @throws IllegalArgumentException if the selectors do not fit into one question, or the region's name is not valid
     */
    CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout);

    /**
     * Reads a random part of the records that were appended to a region's log since a position.
     *
     * @param after the head of the sample before; null: the sample is empty, and tells where the log stands
     * @param part the probability with which each record is in the sample, 0 to 1
     * @param limit at most this many records
     * @throws IllegalArgumentException if the part is not a probability, or the region's name is not valid
     */
    CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit);

    /** Reads a region's head and its members. A region that was never used has neither. */
    CompletableFuture<RegionView> region(String region);

    /** Names the regions that were ever published to or subscribed to, in alphabetical order. */
    CompletableFuture<List<String>> regions();

    /** Returns whether the last attempt to talk to Redis succeeded; for a health check. Never blocks. */
    boolean isConnected();

    /**
     * Returns what somebody must mend, in this process' configuration or in Redis', before all changes get through: credentials, rights, a renamed
     * command, TLS, a file that cannot be read, a library that does not fit. It is a sentence without secrets; null if there is
     * nothing. What is not met again for five minutes is forgotten, except a library: it lasts as long as the process. Never blocks.
     */
    default @Nullable String misconfiguration() {
        return null;
    }

    /** Returns how much waits in the queue, each key, tag and prefix counting as one. */
    int queuedInvalidations();

    /** Returns how many bytes of acknowledged records are kept, to be appended again if the server's identity changes. */
    long acknowledgedBytes();

    /** Returns how many calls of the listener failed. What it throws is contained. */
    default long listenerFailures() {
        return 0;
    }

    /** Returns this process's estimate of the Redis clock. */
    RedisTime time();

    /** Refuses what comes from now on, appends what is queued, and disconnects; bounded by the command timeout. */
    @Override
    void close();
}

package dev.freshet.cli.connection;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A deployment that a command asks. Each method waits for its answer, and throws a {@link BusException} whose message says what to do if
 * there is none. Not thread-safe.
 */
public interface Deployment extends AutoCloseable {

    /**
     * Publishes a change. If the change is awaited, waits until every live member has applied it.
     *
     * @param timeout for members that apply it
     */
    Published publish(String region, Change change, Duration timeout);

    /**
     * Counts what a change would evict.
     *
     * @param timeout for members that answer
     */
    DryRunResult dryRun(String region, List<Selector> selectors, Duration timeout);

    /** Returns how a region is; null: how each region is. */
    List<RegionState> regions(@Nullable String region);

    @Override
    void close();

    /**
     * What was published.
     *
     * @param position where it is in the log
     * @param loggedAtMicros when it was appended, on the Redis clock; empty: the publisher does not say
     * @param members how many live members follow the region; empty: unknown
     * @param awaited who has applied it; null: nobody was waited for
     */
    record Published(
            Position position,
            OptionalLong loggedAtMicros,
            OptionalInt members,
            @Nullable AwaitResult awaited) {}

    /**
     * How a region is.
     *
     * @param head the position of the last record; null: there is no log
     * @param members how many live members follow it
     * @param subscribers these members; null: the caller may not see them
     */
    record RegionState(
            String region,
            @Nullable Position head,
            long logRecords,
            int members,
            @Nullable List<SubscriberState> subscribers) {}

    /**
     * How a live member follows a region.
     *
     * @param position how far it has applied the log; null: it joins
     * @param lagRecords how many records are ahead of it; negative: it stands in another log
     * @param confirmedAtMicros when it was confirmed last, on the Redis clock; empty: never
     * @param confirmedAgeMicros how long ago that was; empty: never
     * @param seenAtMicros when it wrote its row last; empty: the publisher does not say
     * @param seenAgeMicros how long ago that was
     */
    record SubscriberState(
            String id,
            String name,
            @Nullable Position position,
            long lagRecords,
            OptionalLong confirmedAtMicros,
            OptionalLong confirmedAgeMicros,
            OptionalLong seenAtMicros,
            OptionalLong seenAgeMicros) {}
}

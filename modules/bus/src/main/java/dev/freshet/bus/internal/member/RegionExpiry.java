package dev.freshet.bus.internal.member;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RegionRemoval;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.bus.internal.thread.RateLimitedLog;
import dev.freshet.bus.internal.thread.Timeouts;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Removes regions that nobody follows and nobody appended to for a time, so that names which somebody invented do not stay in Redis
 * for ever. It looks at each region at least twice, and removes only what has not changed for as long as any member that lives takes
 * to write its row: a clock that was set forward makes all members look gone, but only until then. Its steps are queries of the {@link
 * QueryThread}.
 */
final class RegionExpiry {

    private static final Logger LOG = LoggerFactory.getLogger(RegionExpiry.class);

    /** Between two looks: this part of the time, within bounds. */
    private static final int LOOKS = 24;

    private static final Duration MIN_PAUSE = Duration.ofMillis(50);
    private static final Duration MAX_PAUSE = Duration.ofHours(1);

    /** The thread serves others between two such steps. */
    private static final int REGIONS_PER_STEP = 20;

    private static final Duration STEP_PAUSE = Duration.ofMillis(5);

    private final QueryThread thread;
    private final RedisConnector connector;
    private final Topology topology;
    private final TimeSource time;
    private final PublisherListener listener;
    private final Duration unusedFor;
    private final Duration pause;
    private final RateLimitedLog faults = new RateLimitedLog(LOG);
    private final AnswerFuture<Boolean> closed = new AnswerFuture<>();

    /** The regions that were unused at the last look, by name. Belongs to the thread. */
    private Map<String, Unused> unused = new HashMap<>();

    private Map<String, Unused> stillUnused = new HashMap<>();

    /**
     * A region that was unused when it was looked at.
     *
     * @param sinceNanos when it was first found in this state
     * @param changesWithinMicros how long it must stay in this state before it may go
     */
    private record Unused(String state, long sinceNanos, long changesWithinMicros) {}

    /** @param unusedFor how long nobody must have appended to a region */
    RegionExpiry(
            QueryThread thread,
            RedisConnector connector,
            Topology topology,
            TimeSource time,
            PublisherListener listener,
            Duration unusedFor) {
        this.thread = thread;
        this.connector = connector;
        this.topology = topology;
        this.time = time;
        this.listener = listener;
        this.unusedFor = unusedFor;
        Duration part = unusedFor.dividedBy(LOOKS);
        this.pause = part.compareTo(MIN_PAUSE) < 0 ? MIN_PAUSE : part.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : part;
    }

    /** Looks from time to time, until it is closed. */
    void start() {
        later(pause, this::look);
    }

    void close() {
        closed.answer(true);
    }

    private void later(Duration after, Runnable step) {
        if (!closed.isAnswered()) {
            Timeouts.unlessDone(closed, after.toNanos(), step);
        }
    }

    private void look() {
        then(MemberQueries.regions(thread, connector.namespace()), regions -> {
            stillUnused = new HashMap<>();
            step(regions, 0);
        });
    }

    private void step(List<String> regions, int from) {
        if (from >= regions.size()) {
            unused = stillUnused;
            later(pause, this::look);
            return;
        }
        int to = Math.min(regions.size(), from + REGIONS_PER_STEP);
        CompletableFuture<Boolean> examined = thread.ask(Duration.ZERO, query -> {
            regions.subList(from, to).forEach(this::examine);
            query.complete(true);
        });
        then(examined, done -> later(STEP_PAUSE, () -> step(regions, to)));
    }

    /** Redis may be unavailable: then it looks again later. */
    @SuppressWarnings("FutureReturnValueIgnored") // goes on by itself
    private <T> void then(CompletableFuture<T> asked, Consumer<T> next) {
        asked.whenComplete((answer, fault) -> {
            if (fault == null) {
                next.accept(answer);
            } else {
                LOG.debug("unused regions are looked for later", fault);
                later(pause, this::look);
            }
        });
    }

    private void examine(String region) {
        if (Syntax.faultInRegion(region).isPresent()) {
            return; // another program wrote to the set
        }
        RedisNames names = connector.namespace().region(region);
        try {
            @Nullable Unused before = unused.get(region);
            RegionRemoval.Answer answer = before == null || !isOver(before, time.nanoTime())
                    ? RegionRemoval.look(thread.connection(names.head()), names, unusedFor)
                    : RegionRemoval.remove(
                            connector, topology, thread.connection(names.head()), names, unusedFor, before.state());
            switch (answer.what()) {
                case UNUSED, CHANGED ->
                    stillUnused.put(
                            region,
                            before != null && before.state().equals(answer.state())
                                    ? before
                                    : new Unused(answer.state(), time.nanoTime(), answer.changesWithinMicros()));
                case REMOVED -> {
                    LOG.info("region {} is removed: nobody followed it or appended to it for {}", region, unusedFor);
                    listener.regionExpired(region);
                }
                default -> {}
            }
        } catch (JedisDataException e) {
            if (RedisErrors.isElsewhere(e)) {
                throw e;
            }
            faults.warn("unused regions cannot be removed", e);
        }
    }

    private static boolean isOver(Unused before, long nowNanos) {
        return nowNanos - before.sinceNanos() > TimeUnit.MICROSECONDS.toNanos(before.changesWithinMicros());
    }
}

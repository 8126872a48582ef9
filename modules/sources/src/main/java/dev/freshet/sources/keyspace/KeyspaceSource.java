package dev.freshet.sources.keyspace;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.source.KeyspaceFeed;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.rules.Invalidated;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what Redis' keyspace events invalidate: receive → match → collect → publish → wait.
 *
 * <p>Redis sends an event once, to the clients that listen at that moment. So whenever this source starts to listen, it may have
 * missed events and invalidates all of its regions. It also invalidates a region whose events arrive faster than they can be
 * published.
 */
final class KeyspaceSource implements Source {

    private static final Logger log = LoggerFactory.getLogger(KeyspaceSource.class);
    private static final Duration ACKNOWLEDGEMENT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);
    private static final long WAIT_MILLIS = 200;

    private final String name;
    private final KeyspaceFeedConfig feedConfig;
    private final KeyspaceRules rules;
    private final int batch;
    private final Publisher publisher;
    private final SourceListener listener;
    private final TimeSource time;
    private final PendingInvalidations pending;

    /** The moment up to which every event was received; null before the first connection. */
    private @Nullable Instant heardUntil;

    /** @param batch the maximum number of in-flight names of a region */
    KeyspaceSource(
            String name,
            KeyspaceFeedConfig feedConfig,
            KeyspaceRules rules,
            int batch,
            int maximumPending,
            Publisher publisher,
            SourceListener listener,
            TimeSource time) {
        this.name = name;
        this.feedConfig = feedConfig;
        this.rules = rules;
        this.batch = batch;
        this.publisher = publisher;
        this.listener = listener;
        this.time = time;
        this.pending = new PendingInvalidations(maximumPending);
    }

    /** Receives the events of one feed, on the feed's threads. */
    private final class Ear implements KeyspaceFeed.Handler {
        private volatile @Nullable String lostWhy;

        @Override
        public void event(String event, byte[] key) {
            for (Invalidated invalidated : rules.evaluate(event, key)) {
                if (invalidated.broadenedWhy() != null) {
                    listener.broadened(name, invalidated.region());
                }
                noteOverflow(invalidated.region(), pending.add(invalidated, now()));
            }
        }

        @Override
        public void lost(String why) {
            lostWhy = why;
            pending.wake();
        }
    }

    private Instant now() {
        return Instant.EPOCH.plus(time.wallMicros(), ChronoUnit.MICROS);
    }

    private void noteOverflow(String region, boolean isOverflow) {
        if (isOverflow) {
            listener.gap(name, SourceListener.Gap.OVERFLOW);
            listener.regionReset(name, region);
        }
    }

    @Override
    public void run(SourceSession session) throws Exception {
        Ear ear = new Ear();
        try (KeyspaceFeed feed = KeyspaceFeed.open(feedConfig, ear)) {
            invalidateWhatMayHaveBeenMissed();
            session.working();
            while (!session.isStopping()) {
                String lost = ear.lostWhy;
                if (lost != null) {
                    throw new SourceException(lost);
                }
                heardUntil = feed.heardAt();
                String refused = transfer();
                session.blocked(refused);
                if (refused != null) {
                    session.pause(RETRY_PAUSE);
                }
            }
        } catch (BusException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private void invalidateWhatMayHaveBeenMissed() {
        Instant since = heardUntil;
        log.info(
                "source {}: regions {} are invalidated, because events may have been missed {}",
                name,
                rules.regions(),
                since == null ? "before the start" : "since " + since);
        pending.addAll(rules.regions(), since == null ? now() : since);
        listener.gap(name, since == null ? SourceListener.Gap.START : SourceListener.Gap.CONNECTION);
        rules.regions().forEach(region -> listener.regionReset(name, region));
    }

    private record Sent(PendingInvalidations.Taken taken, CompletableFuture<Receipt> receipt) {}

    /** Publishes some waiting names, or waits a moment for some to arrive. Returns why some were refused, or null. */
    private @Nullable String transfer() throws InterruptedException {
        List<Sent> sent = new ArrayList<>();
        for (PendingInvalidations.Taken taken : pending.take(batch, WAIT_MILLIS)) {
            sent.add(new Sent(taken, publisher.publish(taken.region(), taken.change())));
        }
        long deadlineNanos = time.nanoTime() + ACKNOWLEDGEMENT_TIMEOUT.toNanos();
        String refused = null;
        for (Sent one : sent) {
            String why = null;
            try {
                one.receipt().get(Math.max(0, deadlineNanos - time.nanoTime()), TimeUnit.NANOSECONDS);
                listener.published(name, one.taken().names());
            } catch (ExecutionException e) {
                why = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
            } catch (TimeoutException e) {
                why = "the publisher sent no acknowledgement within " + ACKNOWLEDGEMENT_TIMEOUT.toSeconds() + " s";
            }
            if (why != null) {
                refused = why;
                listener.retried(name, one.taken().names());
                noteOverflow(one.taken().region(), pending.giveBack(one.taken()));
            }
        }
        listener.pending(name, pending.size());
        return refused;
    }
}

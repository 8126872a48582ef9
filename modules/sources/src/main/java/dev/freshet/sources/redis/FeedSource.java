package dev.freshet.sources.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.TimeSource;
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
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what a feed of Redis invalidates: receive → match → collect → publish → wait.
 *
 * <p>Redis sends a message once, to the clients that listen at that moment. So whenever this source starts to listen, it may have
 * missed some, and invalidates all of its regions, unless it shall not. It also invalidates a region whose messages arrive faster
 * than they can be published.
 */
final class FeedSource implements Source {

    /** Hears what a feed says. Called on the feed's threads; does not block. */
    interface Ear {

        /** Something changed. */
        void invalidated(List<Invalidated> what);

        /** A message was not understood, or not whole. */
        void rejected(SourceListener.Rejection why);

        /** The feed ended. */
        void lost(String why);
    }

    /** Listens from its opening until it is closed. */
    interface Feed extends AutoCloseable {

        /** Returns a moment, by this host's clock: what was sent before it was heard. */
        Instant heardAt();

        /** Returns who publishes what it says; null: the process's publisher. The feed closes it. */
        default @Nullable Publisher publisher() {
            return null;
        }

        /** Returns what else of it does not work, though it listens; null: nothing. */
        default @Nullable String fault() {
            return null;
        }

        @Override
        void close();
    }

    /** Opens feeds of one kind, as a source is configured. */
    interface Feeds {

        /** Every region that a message may invalidate. */
        Set<String> regions();

        /** Whether the regions are invalidated when messages may have been missed. */
        boolean isResetting();

        /**
         * Listens. Blocks for a bounded time.
         *
         * @throws BusException if it cannot
         */
        Feed open(Ear ear);
    }

    private static final Logger log = LoggerFactory.getLogger(FeedSource.class);
    private static final Duration ACKNOWLEDGEMENT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);
    private static final Duration CONNECT_PAUSE = Duration.ofMillis(20);
    private static final int CONNECT_PAUSES = 100;
    private static final long WAIT_MILLIS = 200;

    private final String name;
    private final Feeds feeds;
    private final int batch;
    private final Publisher publisher;
    private final SourceListener listener;
    private final TimeSource time;
    private final PendingInvalidations pending;
    private final LongAdder rejections = new LongAdder();

    /** The moment up to which every event was received; null before the first connection. */
    private @Nullable Instant heardUntil;

    /** @param batch the maximum number of in-flight names of a region */
    FeedSource(
            String name,
            Feeds feeds,
            int batch,
            int maximumPending,
            Publisher publisher,
            SourceListener listener,
            TimeSource time) {
        this.name = name;
        this.feeds = feeds;
        this.batch = batch;
        this.publisher = publisher;
        this.listener = listener;
        this.time = time;
        this.pending = new PendingInvalidations(maximumPending);
    }

    /** Collects what one feed says. */
    private final class Collecting implements Ear {
        private volatile @Nullable String lostWhy;
        private volatile SourceListener.@Nullable Rejection rejectedWhy;

        @Override
        public void invalidated(List<Invalidated> what) {
            for (Invalidated invalidated : what) {
                if (invalidated.broadenedWhy() != null) {
                    listener.broadened(name, invalidated.region());
                }
                noteOverflow(invalidated.region(), pending.add(invalidated, now()));
            }
        }

        @Override
        public void rejected(SourceListener.Rejection why) {
            listener.rejected(name, why);
            rejections.increment();
            rejectedWhy = why;
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
        Collecting ear = new Collecting();
        try (Feed feed = feeds.open(ear)) {
            noteWhatMayHaveBeenMissed();
            Publisher to = feed.publisher() == null ? publisher : feed.publisher();
            for (int i = 0; i < CONNECT_PAUSES && !to.isConnected(); i++) {
                session.pause(CONNECT_PAUSE);
            }
            session.working();
            while (!session.isStopping()) {
                String lost = ear.lostWhy;
                if (lost != null) {
                    throw new SourceException(lost);
                }
                heardUntil = feed.heardAt();
                String refused = transfer(to);
                session.blocked(refused == null ? feed.fault() : refused);
                SourceListener.Rejection rejected = ear.rejectedWhy;
                if (rejected != null) {
                    session.noted(rejections.sum() + " messages were not understood since the start, the last one: "
                            + rejected.name().toLowerCase(Locale.ROOT));
                }
                if (refused != null) {
                    session.pause(RETRY_PAUSE);
                }
            }
        } catch (BusException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private void noteWhatMayHaveBeenMissed() {
        Instant since = heardUntil;
        Set<String> regions = feeds.regions();
        log.info(
                "source {}: messages may have been missed {}; regions {} are {}",
                name,
                since == null ? "before the start" : "since " + since,
                regions,
                feeds.isResetting() ? "invalidated" : "left alone, as configured");
        listener.gap(name, since == null ? SourceListener.Gap.START : SourceListener.Gap.CONNECTION);
        if (feeds.isResetting()) {
            pending.addAll(regions, since == null ? now() : since);
            regions.forEach(region -> listener.regionReset(name, region));
        }
    }

    private record Sent(PendingInvalidations.Taken taken, CompletableFuture<Receipt> receipt) {}

    /** Publishes some waiting names, or waits a moment for some to arrive. Returns why some were refused, or null. */
    private @Nullable String transfer(Publisher to) throws InterruptedException {
        List<Sent> sent = new ArrayList<>();
        for (PendingInvalidations.Taken taken : pending.take(batch, WAIT_MILLIS)) {
            sent.add(new Sent(taken, to.publish(taken.region(), taken.change())));
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

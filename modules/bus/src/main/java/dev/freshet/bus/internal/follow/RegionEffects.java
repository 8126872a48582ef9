package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.internal.redis.BusThread;
import dev.freshet.schema.Position;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what a region's {@link RegionStateMachine} decides. Called under the lock of its {@link RegionFeed}. */
final class RegionEffects implements RegionStateMachine.Effects {

    private static final Logger LOG = LoggerFactory.getLogger(RegionEffects.class);

    private final RegionFeed feed;
    private final RegionProgress progress;
    private final CurrentLink link;
    private final RegionReader reader;
    private final SubscriberListener listener;

    RegionEffects(
            RegionFeed feed,
            RegionProgress progress,
            CurrentLink link,
            RegionReader reader,
            SubscriberListener listener) {
        this.feed = feed;
        this.progress = progress;
        this.link = link;
        this.reader = reader;
        this.listener = listener;
    }

    // ---- to the reader

    @Override
    public void apply(Arrival arrival, boolean replayed) {
        feed.evict(arrival, replayed);
    }

    @Override
    public void reset(ResetReason reason) {
        LOG.info("region {}: reset, because of {}", feed.region(), reason);
        progress.forgetPosition();
        call(() -> reader.reset(reason));
        listener.reset(feed.region(), reason);
    }

    @Override
    public void joined() {
        progress.dropBegins();
        call(reader::joined);
    }

    /** What the reader throws stays: it did not drop its entries, so the position must not move. */
    private static void call(Runnable ofReader) {
        try {
            ofReader.run();
        } finally {
            BusThread.forgetInterrupt();
        }
    }

    // ---- to those who wait, and who read the confirmation

    @Override
    public void confirm(long heartbeat) {
        progress.confirm(link.beat(heartbeat));
    }

    // ---- to the link

    @Override
    public void replay(long ticket, Position from, long upToSequence) {
        link.replay(feed, ticket, from, upToSequence);
    }

    @Override
    public void askHead() {
        link.beatNow();
    }

    @Override
    public void resubscribe(String why) {
        link.resubscribe(why);
    }

    // ---- to the listener

    @Override
    public void duplicate() {
        listener.duplicate(feed.region());
    }

    @Override
    public void gap() {
        listener.gap(feed.region());
    }

    @Override
    public void bufferOverflowed() {
        listener.bufferOverflowed(feed.region());
    }
}

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.internal.thread.CallGuard;
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
    private final CallGuard readerGuard;
    private final SubscriberListener listener;

    RegionEffects(
            RegionFeed feed,
            RegionProgress progress,
            CurrentLink link,
            RegionReader reader,
            CallGuard readerGuard,
            SubscriberListener listener) {
        this.feed = feed;
        this.progress = progress;
        this.link = link;
        this.reader = reader;
        this.readerGuard = readerGuard;
        this.listener = listener;
    }

    // ---- to the reader

    @Override
    public boolean apply(Arrival arrival, boolean replayed) {
        return feed.evict(arrival, replayed);
    }

    @Override
    public boolean reset(ResetReason reason) {
        progress.forgetPosition();
        if (!call(() -> reader.reset(reason))) {
            return false; // the guard's log is limited; a line here would come with each heartbeat
        }
        LOG.info("region {}: reset, because of {}", feed.region(), reason);
        listener.reset(feed.region(), reason);
        return true;
    }

    @Override
    public boolean joined() {
        progress.dropBegins();
        return call(reader::joined);
    }

    /** Returns false if the reader did not drop its entries, or was not called because the region is left. */
    private boolean call(Runnable ofReader) {
        if (feed.isLeft()) {
            return false;
        }
        Throwable fault = readerGuard.call(ofReader);
        progress.trouble(
                fault == null
                        ? null
                        : "the region's reader failed to reset, which is tried again at each heartbeat: "
                                + fault.getClass().getName());
        return fault == null;
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

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RedisTime;
import dev.freshet.schema.Position;
import org.jspecify.annotations.Nullable;

/** The link that a region's messages come over now: another one after the region moved, none before the first. Any thread. */
final class CurrentLink {

    private volatile @Nullable FeedLink link;

    void moveTo(@Nullable FeedLink newLink) {
        link = newLink;
    }

    FeedLink.@Nullable Beat beat(long heartbeat) {
        FeedLink current = link;
        return current == null ? null : current.beat(heartbeat);
    }

    void beatNow() {
        FeedLink current = link;
        if (current != null) {
            current.beatNow();
        }
    }

    void replay(RegionFeed feed, long ticket, Position from, long upToSequence) {
        FeedLink current = link;
        if (current != null) {
            current.replay(feed, ticket, from, upToSequence);
        }
    }

    void resubscribe(String why) {
        FeedLink current = link;
        if (current != null) {
            current.resubscribe(why);
        }
    }

    @Nullable
    RedisTime clock() {
        FeedLink current = link;
        return current == null ? null : current.clock();
    }

    @Nullable
    String trouble() {
        FeedLink current = link;
        return current == null ? null : current.trouble();
    }
}

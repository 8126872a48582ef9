package dev.freshet.bus.internal.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What gets into a region, and that nothing does once it is left. */
class RegionFeedTest {

    private final List<String> calls = new ArrayList<>();

    private final RegionFeed feed = new RegionFeed(
            new RedisNames("users"),
            new RegionReader() {
                @Override
                public void apply(LoggedRecord record) {
                    calls.add("applied");
                }

                @Override
                public void reset(ResetReason reason) {
                    calls.add("reset");
                }

                @Override
                public void joined() {
                    calls.add("joined");
                }

                @Override
                public long count(List<Selector> selectors) {
                    return 7;
                }

                @Override
                public void detached() {
                    calls.add("detached");
                }
            },
            SubscriberListener.NONE,
            TimeSource.SYSTEM,
            10,
            Runnable::run);

    /** Knows every heartbeat, and reads nothing. */
    private final FeedLink link = new FeedLink() {
        private final RedisClock clock = new RedisClock(TimeSource.SYSTEM);

        @Override
        public Beat beat(long heartbeat) {
            return new Beat(1, 1, 1);
        }

        @Override
        public void beatNow() {}

        @Override
        public void replay(RegionFeed of, long ticket, Position from, long upToSequence) {}

        @Override
        public void resubscribe(String why) {}

        @Override
        public RedisClock clock() {
            return clock;
        }
    };

    /** Sends whatever may come. What is no record resets a region that has joined. */
    private void everything() {
        feed.moveTo(link);
        feed.subscribed();
        feed.head(new Head(1, new Position(1, 0), "run"));
        feed.receive("no record".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void ofWhatComesOnceItIsLeftNothingReachesTheReader() {
        MemberMessage.Question question = new MemberMessage.CountQuestion("q", "users", List.of());
        everything();
        assertThat(calls).containsExactly("joined", "reset");
        assertThat(feed.answer(question)).isEqualTo("7");
        assertThat(feed.progress().caughtUp()).isCompleted();

        feed.leave();
        everything();
        feed.detach(0);
        everything();
        assertThat(calls).containsExactly("joined", "reset", "detached");
        assertThat(feed.answer(question)).isNull();
        assertThat(feed.progress().state()).isEqualTo(RegionSubscription.State.DISCONNECTED);
    }
}

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisClock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** When each heartbeat began whose answer may still come. The control thread begins them; any thread asks. */
final class InFlightBeats {

    /** At most so many heartbeats of a group are remembered; older ones never confirm. */
    private static final int MAX_PER_GROUP = 4_096;

    private final TimeSource time;
    private final RedisClock clock;
    private final Map<Long, FeedLink.Beat> beats = new LinkedHashMap<>();

    /** Not from 1: several links of a member may hear each other's answers. */
    private long lastId = ThreadLocalRandom.current().nextLong(1L << 60);

    InFlightBeats(TimeSource time, RedisClock clock) {
        this.time = time;
        this.clock = clock;
    }

    /** Begins a heartbeat now and returns its id. */
    long begin(int groups) {
        FeedLink.Beat beat = new FeedLink.Beat(time.nanoTime(), time.wallMicros(), clock.nowMicros());
        synchronized (beats) {
            lastId++;
            beats.put(lastId, beat);
            int max = MAX_PER_GROUP * Math.max(1, groups);
            while (beats.size() > max) {
                beats.remove(beats.keySet().iterator().next());
            }
            return lastId;
        }
    }

    /** Returns when a heartbeat began, or null if it is unknown or forgotten. */
    FeedLink.@Nullable Beat began(long id) {
        synchronized (beats) {
            return beats.get(id);
        }
    }
}

package dev.freshet.bus;

import java.util.Map;

/** Being built. */
final class RedisSubscriber {
    private RedisSubscriber() {}

    @SuppressWarnings("DoNotCallSuggester")
    static Subscriber start(
            SubscriberConfig config,
            Map<String, ? extends RegionReader> readers,
            SubscriberListener listener,
            TimeSource time) {
        throw new BusException("being built: " + config + readers + listener + time);
    }
}

package dev.freshet.bus;

/** Being built. */
final class RedisPublisher {
    private RedisPublisher() {}

    @SuppressWarnings("DoNotCallSuggester")
    static Publisher start(PublisherConfig config, PublisherListener listener, TimeSource time) {
        throw new BusException("being built: " + config + listener + time);
    }
}

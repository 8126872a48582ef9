package dev.freshet.bus.source;

import dev.freshet.bus.RedisConfig;
import java.time.Duration;
import java.util.List;

/**
 * What a {@link ChannelFeed} listens to.
 *
 * @param redis the server, the sentinels or the cluster where messages are published
 * @param name what people call the feed; in the names of threads and connections
 * @param channels the names of channels
 * @param patterns patterns of names, as PSUBSCRIBE takes them
 * @param heartbeat the interval at which the connection is checked; a connection without a byte for four of them is lost
 */
public record ChannelFeedConfig(
        RedisConfig redis, String name, List<String> channels, List<String> patterns, Duration heartbeat) {

    private static final int SILENT_HEARTBEATS = 4;

    public ChannelFeedConfig {
        channels = channels.stream().distinct().toList();
        patterns = patterns.stream().distinct().toList();
    }

    Duration silence() {
        return heartbeat.multipliedBy(SILENT_HEARTBEATS);
    }
}

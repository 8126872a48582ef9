package dev.freshet.bus.internal.encode;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topology;

/** What every part of the way in works with. */
public record AppendContext(
        RedisConnector connector,
        Topology topology,
        PublisherConfig config,
        PublisherListener listener,
        TimeSource time) {}

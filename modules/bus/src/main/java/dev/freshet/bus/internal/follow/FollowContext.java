package dev.freshet.bus.internal.follow;

import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topology;

/** What all links of a subscriber share. Safe to use from any thread. */
record FollowContext(
        RedisConnector connector,
        Topology topology,
        SubscriberConfig config,
        String memberId,
        SubscriberListener listener,
        TimeSource time) {}

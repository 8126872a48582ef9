package dev.freshet.benchmarks.contender;

import java.net.URI;

/**
 * The surroundings of a contender.
 *
 * @param redis an empty Redis
 * @param arrivals counts every eviction
 * @param publisher the publisher process, for contenders that need one
 */
public record Site(URI redis, Arrivals arrivals, SharedPublisher publisher) {

    String host() {
        return redis.getHost();
    }

    int port() {
        return redis.getPort();
    }
}

package dev.freshet.benchmarks.contender;

import java.net.URI;

/**
 * Where a contender works.
 *
 * @param redis a Redis that holds nothing
 * @param arrivals hears of every eviction
 * @param publisher the publisher process, for who needs one
 */
public record Site(URI redis, Arrivals arrivals, SharedPublisher publisher) {

    String host() {
        return redis.getHost();
    }

    int port() {
        return redis.getPort();
    }
}

package dev.freshet.publisher;

import dev.freshet.bus.PublisherListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what the publisher does and the bus does not log itself. Safe to use from any thread. */
final class PublisherLog implements PublisherListener {

    private static final Logger log = LoggerFactory.getLogger(PublisherLog.class);

    @Override
    public void epochBegan(String region) {
        log.info("a new epoch of region {} began", region);
    }

    @Override
    public void appendedAgain(String region, int records) {
        log.warn("the Redis server has changed; appended {} acknowledged records of region {} again", records, region);
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        if (!isInvalidated) {
            log.warn(
                    "region {}: acknowledged records are not kept any more, and too many regions are remembered",
                    region);
        }
    }

    @Override
    public void connected(String node) {
        log.info("connected to Redis at {}", node);
    }
}

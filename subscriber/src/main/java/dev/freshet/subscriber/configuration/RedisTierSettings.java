package dev.freshet.subscriber.configuration;

import dev.freshet.service.Settings;
import java.time.Duration;

/**
 * Whether and how a region keeps values in Redis too, where all replicas find them.
 *
 * @param isEnabled whether it does
 * @param maximumTtl how long a value lives there at most, and so here
 */
public record RedisTierSettings(boolean isEnabled, Duration maximumTtl) {

    static RedisTierSettings read(Settings settings) {
        return new RedisTierSettings(
                settings.bool("enabled", false, "whether values are kept in Redis too, for all replicas"),
                settings.duration(
                        "maximum-ttl",
                        Duration.ofHours(1),
                        Duration.ofMillis(1),
                        Duration.ofDays(30),
                        "how long a value of the region lives at most where it is kept in Redis too, and so here"));
    }

    /**
     * How the process talks to Redis for all such regions.
     *
     * @param timeout how long a call may take before it counts as a miss
     * @param connections how many connections there are to each node
     */
    public record Calls(Duration timeout, int connections) {

        static Calls read(Settings settings) {
            return new Calls(
                    settings.duration(
                            "timeout",
                            Duration.ofMillis(250),
                            Duration.ofMillis(1),
                            Duration.ofSeconds(10),
                            "how long Redis may take for a value of a region's redis-tier before it counts as a miss"),
                    settings.integer(
                            "connections", 2, 1, 64, "how many connections to each node read and store such values"));
        }
    }
}

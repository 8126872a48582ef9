package dev.freshet.subscriber.configuration;

import dev.freshet.service.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a region's Redis tier, where all replicas find its values.
 *
 * @param isEnabled whether the region keeps values in Redis
 * @param maximumTtl how long a value of the region lives at most, in Redis and so here
 */
public record RedisTierSettings(boolean isEnabled, Duration maximumTtl) {

    static RedisTierSettings read(Settings settings) {
        return new RedisTierSettings(
                settings.bool("enabled", false, "whether the region keeps values in Redis too, for all replicas"),
                settings.duration(
                        "maximum-ttl",
                        Duration.ofHours(1),
                        Duration.ofMillis(1),
                        Duration.ofDays(30),
                        "how long a value lives at most, in Redis and so here, if the region keeps values in Redis"));
    }

    /**
     * How the process calls Redis for all regions with a Redis tier.
     *
     * @param timeout after how long without an answer a call counts as a miss
     * @param connections how many connections there are to each node
     * @param keyFile the file with the keys that values are signed with; null: they are not signed
     */
    public record Calls(
            Duration timeout, int connections, @Nullable Path keyFile) {

        static Calls read(Settings settings) {
            return new Calls(
                    settings.duration(
                            "timeout",
                            Duration.ofMillis(250),
                            Duration.ofMillis(1),
                            Duration.ofSeconds(10),
                            "after how long without an answer from Redis a value of a region's redis-tier counts as a miss"),
                    settings.integer(
                            "connections",
                            2,
                            1,
                            64,
                            "how many connections to each node read and store values of redis-tier"),
                    settings.file(
                            "key-file",
                            "keys, one a line, that sign values of redis-tier; the first one signs, all verify; read again when"
                                    + " it changes"));
        }
    }
}

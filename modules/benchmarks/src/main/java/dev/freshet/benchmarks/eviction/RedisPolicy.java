package dev.freshet.benchmarks.eviction;

import java.util.ArrayList;
import java.util.List;

/**
 * A policy of Redis.
 *
 * @param name its name in the setting {@code maxmemory-policy}
 * @param samples {@code maxmemory-samples}: how many keys are looked at for each that goes
 */
public record RedisPolicy(String name, int samples) {

    /** Each that evicts, with the default's five samples and with ten. */
    public static List<RedisPolicy> all() {
        List<RedisPolicy> all = new ArrayList<>();
        for (String name : List.of("allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu", "volatile-ttl")) {
            all.add(new RedisPolicy(name, 5));
            all.add(new RedisPolicy(name, 10));
        }
        all.add(new RedisPolicy("allkeys-random", 5));
        return all;
    }

    /** What people call it. */
    public String label() {
        return name.endsWith("random") ? name : name + ", " + samples + " samples";
    }
}

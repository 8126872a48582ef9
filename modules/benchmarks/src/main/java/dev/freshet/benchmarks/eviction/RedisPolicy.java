package dev.freshet.benchmarks.eviction;

import java.util.ArrayList;
import java.util.List;

/**
 * An eviction policy of Redis.
 *
 * @param name the value of {@code maxmemory-policy}
 * @param samples the value of {@code maxmemory-samples}: keys that Redis compares for each eviction
 */
public record RedisPolicy(String name, int samples) {

    /** Returns each policy that evicts, with five samples (the default) and with ten. */
    public static List<RedisPolicy> all() {
        List<RedisPolicy> all = new ArrayList<>();
        for (String name : List.of("allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu", "volatile-ttl")) {
            all.add(new RedisPolicy(name, 5));
            all.add(new RedisPolicy(name, 10));
        }
        all.add(new RedisPolicy("allkeys-random", 5));
        return all;
    }

    /** Returns the name in results. */
    public String label() {
        return name.endsWith("random") ? name : name + ", " + samples + " samples";
    }
}

package dev.freshet.cache;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The versions that invalidations named, each kept for the retention from its last mention on. Bounded: what must make room
 * goes on as a floor for all keys here, so that it still protects, at the price of refusing others' lower versions. Guarded
 * by the stripe that it belongs to.
 */
final class VersionFences {

    private record Floor(long version, long untilNanos) {}

    private final int maximum;
    private final long retentionNanos;

    /** In the order in which they end. */
    private final Map<String, Floor> byKey = new LinkedHashMap<>();

    private @Nullable Floor dropped;

    VersionFences(int maximum, long retentionNanos) {
        this.maximum = maximum;
        this.retentionNanos = retentionNanos;
    }

    int size() {
        return byKey.size();
    }

    /** Refuses lower versions of the key from now on; the highest wins. Returns how many had to make room. */
    int raise(String key, long version, long nowNanos) {
        Floor former = byKey.remove(key);
        long highest = former == null ? version : Math.max(version, former.version);
        byKey.put(key, new Floor(highest, nowNanos + retentionNanos));
        if (byKey.size() <= maximum) {
            return 0;
        }
        Iterator<Floor> eldest = byKey.values().iterator();
        Floor dropping = eldest.next();
        eldest.remove();
        Floor former2 = dropped;
        dropped = former2 == null || nowNanos - former2.untilNanos >= 0
                ? dropping
                : new Floor(Math.max(former2.version, dropping.version), dropping.untilNanos);
        return 1;
    }

    boolean refuses(String key, long version, long nowNanos) {
        return isAbove(byKey.get(key), version, nowNanos) || isAbove(dropped, version, nowNanos);
    }

    private static boolean isAbove(@Nullable Floor floor, long version, long nowNanos) {
        return floor != null && floor.version > version && nowNanos - floor.untilNanos < 0;
    }

    void expire(long nowNanos) {
        Iterator<Floor> eldest = byKey.values().iterator();
        while (eldest.hasNext() && nowNanos - eldest.next().untilNanos >= 0) {
            eldest.remove();
        }
        if (dropped != null && nowNanos - dropped.untilNanos >= 0) {
            dropped = null;
        }
    }
}

package dev.freshet.cache.internal.fence;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The versions that invalidations named, each kept for the retention from its last mention on. Bounded: what must make room
 * goes on as a floor for all keys here, so that it still protects, at the price of refusing others' lower versions. Guarded
 * by the stripe that it belongs to.
 */
public final class VersionFences {

    private record Floor(long version, long untilNanos) {
        boolean isOver(long nowNanos) {
            return nowNanos - untilNanos >= 0;
        }
    }

    private final int maximum;
    private final long retentionNanos;

    /** In the order in which they end. */
    private final Map<String, Floor> byKey = new LinkedHashMap<>();

    private @Nullable Floor dropped;

    public VersionFences(int maximum, long retentionNanos) {
        this.maximum = maximum;
        this.retentionNanos = retentionNanos;
    }

    public int size() {
        return byKey.size();
    }

    /** Refuses lower versions of the key from now on; the highest wins. Returns how many had to make room. */
    public int raise(String key, long version, long nowNanos) {
        byKey.put(key, higher(byKey.remove(key), new Floor(version, nowNanos + retentionNanos), nowNanos));
        if (byKey.size() <= maximum) {
            return 0;
        }
        Iterator<Floor> eldest = byKey.values().iterator();
        Floor dropping = eldest.next();
        eldest.remove();
        dropped = higher(dropped, dropping, nowNanos);
        return 1;
    }

    /** The higher version, for as long as the later one. */
    private static Floor higher(@Nullable Floor former, Floor later, long nowNanos) {
        return former == null || former.isOver(nowNanos) || former.version <= later.version
                ? later
                : new Floor(former.version, later.untilNanos);
    }

    public boolean refuses(String key, long version, long nowNanos) {
        return isAbove(byKey.get(key), version, nowNanos) || isAbove(dropped, version, nowNanos);
    }

    private static boolean isAbove(@Nullable Floor floor, long version, long nowNanos) {
        return floor != null && floor.version > version && !floor.isOver(nowNanos);
    }

    public void expire(long nowNanos) {
        Iterator<Floor> eldest = byKey.values().iterator();
        while (eldest.hasNext() && eldest.next().isOver(nowNanos)) {
            eldest.remove();
        }
        if (dropped != null && dropped.isOver(nowNanos)) {
            dropped = null;
        }
    }
}

package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.FreshetStats;
import dev.freshet.Region;
import dev.freshet.cache.ServingState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What health says. It is never up while something does not work, and never down because an entry may be stale: a replica that is taken
 * out of service for that moves its load to replicas that are no better.
 *
 * @param verdict which of Boot's states it is
 * @param details without secrets
 */
record FreshetHealth(Verdict verdict, Map<String, Object> details) {

    enum Verdict {
        /** Every region is confirmed, and every invalidation is in the log. */
        UP,
        /** Redis cannot be reached, a region is not confirmed, or invalidations wait: entries may be stale, here or elsewhere. */
        UNKNOWN,
        /** Somebody must mend something. */
        DOWN
    }

    static FreshetHealth of(Freshet freshet) {
        Map<String, Object> details = new LinkedHashMap<>();
        String misconfiguration = freshet.misconfiguration();
        String trouble = freshet.trouble();
        FreshetStats stats = freshet.stats();
        if (misconfiguration != null) {
            details.put("misconfiguration", misconfiguration);
        } else if (trouble != null) {
            details.put("trouble", trouble);
        }
        boolean isConnected = freshet.publisher().isConnected();
        details.put("publisherConnected", isConnected);
        if (stats.queueChanges() > 0) {
            details.put("waitingInvalidations", stats.queueChanges());
        }
        Map<String, String> states = states(freshet.regions());
        details.put("regions", states);
        boolean isConfirmed = states.values().stream().allMatch(ServingState.CONFIRMED.label()::equals);
        Verdict verdict = misconfiguration != null
                ? Verdict.DOWN
                : isConnected && isConfirmed && stats.queueChanges() == 0 ? Verdict.UP : Verdict.UNKNOWN;
        return new FreshetHealth(verdict, details);
    }

    private static Map<String, String> states(List<Region<?>> regions) {
        Map<String, String> states = new TreeMap<>();
        regions.forEach(region -> states.put(region.name(), stateOf(region)));
        return states;
    }

    /** Returns a region's state in a word, also while it is being closed. */
    static String stateOf(Region<?> region) {
        try {
            return region.state().label();
        } catch (IllegalStateException closed) {
            return "closed";
        }
    }
}

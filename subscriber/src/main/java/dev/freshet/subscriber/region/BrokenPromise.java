package dev.freshet.subscriber.region;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.service.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A promise that a region cannot keep at this moment.
 *
 * @param kind the promise
 * @param why why the promise does not hold now, in words
 */
public record BrokenPromise(Kind kind, String why) {

    /** The promises that may not hold for a time. All others always hold. */
    public enum Kind {
        /** Everything that was published up to a moment within the region's bound is applied. */
        NOTHING_LOST("nothing is lost"),
        /** A value whose load began before its invalidation is never stored after it. */
        NOTHING_COMES_BACK("nothing comes back"),
        /** The stale window is measured, with a known error of the clock. */
        STALENESS_MEASURED("staleness is measured");

        private final String text;
        private final String label = name().toLowerCase(Locale.ROOT);

        Kind(String text) {
            this.text = text;
        }

        /** Returns the promise in words. */
        public String text() {
            return text;
        }

        /** Returns the promise's label in metrics. */
        public String label() {
            return label;
        }
    }

    /** Returns the promises that do not hold now; empty if all hold. Never blocks. */
    public static List<BrokenPromise> of(ServedRegion region) {
        List<BrokenPromise> broken = new ArrayList<>(0);
        if (region.cache().state() != ServingState.CONFIRMED) {
            broken.add(new BrokenPromise(Kind.NOTHING_LOST, whyUnconfirmed(region)));
        }
        if (region.settings().unleasedStores() == UnleasedStores.ACCEPT) {
            broken.add(new BrokenPromise(
                    Kind.NOTHING_COMES_BACK,
                    "stores without a lease are accepted here (unleased-stores: accept), so a value that was read before an"
                            + " invalidation may be stored after it. Set unleased-stores: refuse."));
        }
        if (region.subscription().clockErrorMicros().isEmpty()) {
            broken.add(new BrokenPromise(
                    Kind.STALENESS_MEASURED,
                    "the error of the estimate of the clock of Redis is unknown: " + trouble(region)));
        }
        return broken;
    }

    private static String whyUnconfirmed(ServedRegion region) {
        long ageNanos = region.subscription().confirmation().ageNanos();
        String since = ageNanos == Confirmation.NEVER
                ? "never confirmed since the start"
                : String.format(Locale.ROOT, "not confirmed for %.1f s", ageNanos / 1e9);
        String consequence = region.settings().unconfirmedPolicy() == UnconfirmedPolicy.BYPASS
                ? "Until the region is confirmed, every read is a miss."
                : "Until the region is confirmed, its entries are served, marked unconfirmed, and may be stale.";
        return since + ", and the bound is " + Units.format(region.settings().unconfirmedAfter()) + ": "
                + trouble(region) + ". " + consequence;
    }

    private static String trouble(ServedRegion region) {
        String trouble = region.subscription().trouble();
        if (trouble != null) {
            return trouble;
        }
        return region.subscription().state() == RegionSubscription.State.LIVE
                ? "no heartbeat was answered in time"
                : "the subscription is " + region.subscription().state().name().toLowerCase(Locale.ROOT);
    }
}

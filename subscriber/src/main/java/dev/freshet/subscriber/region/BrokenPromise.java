package dev.freshet.subscriber.region;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.Promise;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.service.config.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A promise that a region cannot keep at this moment.
 *
 * @param promise the promise, in words
 * @param why why the promise does not hold now, in words
 */
public record BrokenPromise(String promise, String why) {

    /** Returns the promises that do not hold now; empty if all hold. Never blocks. */
    public static List<BrokenPromise> of(ServedRegion region) {
        List<BrokenPromise> broken = new ArrayList<>(0);
        if (isBroken(Promise.NOTHING_LOST, region)) {
            broken.add(new BrokenPromise("nothing is lost", whyUnconfirmed(region)));
        }
        if (isBroken(Promise.NOTHING_COMES_BACK, region)) {
            broken.add(new BrokenPromise(
                    "nothing comes back",
                    "stores without a lease are accepted here (unleased-stores: accept), so a value that was read before an"
                            + " invalidation may be stored after it. Set unleased-stores: refuse."));
        }
        if (isBroken(Promise.STALENESS_MEASURED, region)) {
            broken.add(new BrokenPromise(
                    "staleness is measured",
                    "the error of the estimate of the clock of Redis is unknown: " + trouble(region)));
        }
        return broken;
    }

    private static boolean isBroken(Promise promise, ServedRegion region) {
        return !promise.isKept(region.cache(), region.subscription());
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

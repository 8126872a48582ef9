package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Bounds how many regions there are: whoever invents names must not fill Redis. Regions that exist are never refused. Belongs to
 * the leader.
 */
final class RegionBound {

    private final long maximum;

    RegionBound(long maximum) {
        this.maximum = maximum;
    }

    /** Returns how many regions there may be. */
    long maximum() {
        return maximum;
    }

    /**
     * Returns the calls, with those that must not begin their region marked.
     *
     * @param known regions that exist
     * @param counted counts the regions that exist; is asked only if a call is of another one
     */
    List<AppendCall> admit(List<AppendCall> calls, Set<String> known, LongSupplier counted) {
        if (calls.stream().allMatch(call -> known.contains(call.region()))) {
            return calls;
        }
        long room = maximum - counted.getAsLong();
        List<AppendCall> admitted = new ArrayList<>(calls.size());
        for (AppendCall call : calls) {
            // A region that exists, though it is not known here, uses room until its append shows that it exists.
            admitted.add(known.contains(call.region()) || room-- > 0 ? call : call.toExisting());
        }
        return admitted;
    }
}

package dev.freshet.bus.internal.encode;

import dev.freshet.bus.PublisherListener;
import java.util.List;

/**
 * What came of packing the changes of one region.
 *
 * @param records in the order in which they are appended
 * @param invalidations how many the records hold
 * @param duplicates how many invalidations were dropped because an equal one is there
 * @param fromFuture how many claimed a change in the future and were taken to have changed when accepted
 */
public record PackResult(List<PackedRecord> records, int invalidations, int duplicates, int fromFuture) {

    /** Tells the listener what was dropped and corrected. */
    public void report(String region, PublisherListener listener) {
        for (int i = 0; i < fromFuture; i++) {
            listener.changedInFuture(region);
        }
        if (duplicates > 0) {
            listener.duplicatesDropped(region, duplicates);
        }
    }
}

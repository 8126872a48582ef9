package dev.freshet.demo.fault;

import dev.freshet.demo.load.Member;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica missed and read from the log.
 *
 * @param missed the number of changes that it did not hear
 * @param replayed the number of changes that it read
 */
record Gap(long missed, long replayed) {

    /** Returns the gap in these changes; null if there is none yet, or if no change has arrived live after it. */
    static @Nullable Gap in(List<Member.Applied> changes) {
        long last = -1;
        long replayed = 0;
        for (Member.Applied change : changes) {
            if (change.isReplayed()) {
                replayed++;
            } else if (replayed > 0) {
                return new Gap(change.number() - last - 1, replayed);
            } else {
                last = change.number();
            }
        }
        return null;
    }
}

package dev.freshet.bus;

import dev.freshet.schema.Position;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of a region, as its own row says. Times are microseconds on the Redis clock.
 *
 * @param id random, new with each start
 * @param name what people call it: the Pod's name, or host and process
 * @param position up to where it has applied the log, or null while it joins
 * @param appliedAtMicros when it reached that position; 0 if never
 * @param confirmedAtMicros the moment up to which it is confirmed; 0 if never
 * @param seenAtMicros when it wrote the row
 * @param goneAfterMicros how long after that it counts as gone
 */
public record Member(
        String id,
        String name,
        @Nullable Position position,
        long appliedAtMicros,
        long confirmedAtMicros,
        long seenAtMicros,
        long goneAfterMicros) {

    /** Whether the member counts as live at this moment. */
    public boolean isLive(long nowMicros) {
        return nowMicros - seenAtMicros <= goneAfterMicros;
    }

    /**
     * Whether the member has applied all that was appended up to a position.
     *
     * @param target a position of this or an earlier epoch
     * @param head where the log stands now. A member in the present epoch has applied all of an earlier one, since adopting an
     *     epoch drops every entry. Epochs are random, so only the head tells which one is present
     */
    public boolean hasApplied(Position target, @Nullable Position head) {
        Position at = position;
        if (at == null) {
            return false;
        }
        return at.epoch() == target.epoch()
                ? at.sequence() >= target.sequence()
                : head != null && at.epoch() == head.epoch();
    }

    /** Returns how many records of the head's epoch the member has not applied; -1 if it is in another epoch. */
    public long lagRecords(Position head) {
        return position == null || position.epoch() != head.epoch()
                ? -1
                : Math.max(0, head.sequence() - position.sequence());
    }
}

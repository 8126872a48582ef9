package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.util.List;
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
 * @param adoptedAtMicros when it dropped every entry to follow the epoch of its position; 0 if that is not known
 * @param left the last position of each of a few epochs that it followed before
 */
public record Member(
        String id,
        String name,
        @Nullable Position position,
        long appliedAtMicros,
        long confirmedAtMicros,
        long seenAtMicros,
        long goneAfterMicros,
        long adoptedAtMicros,
        List<Position> left) {

    /** A receipt's time may be of another server's clock, which differs by less than this. */
    private static final long CLOCKS_DIFFER_MICROS = 1_000_000;

    public Member {
        left = List.copyOf(left);
    }

    /** Makes a member whose row says nothing of epochs, as older versions write it. */
    public Member(
            String id,
            String name,
            @Nullable Position position,
            long appliedAtMicros,
            long confirmedAtMicros,
            long seenAtMicros,
            long goneAfterMicros) {
        this(id, name, position, appliedAtMicros, confirmedAtMicros, seenAtMicros, goneAfterMicros, 0, List.of());
    }

    /** Whether the member counts as live at this moment. */
    public boolean isLive(long nowMicros) {
        return nowMicros - seenAtMicros <= goneAfterMicros;
    }

    /**
     * Whether the member has applied a record, for certain. With two masters, records come into an epoch that the member has
     * left, or never followed. Such a record counts if the member had reached it, or dropped every entry after it was appended.
     *
     * @param target the record's position
     * @param appendedAtMicros when it was appended, see {@link Receipt#loggedAtMicros}
     */
    public boolean hasApplied(Position target, long appendedAtMicros) {
        Position at = position;
        if (at == null) {
            return false;
        }
        return at.epoch() == target.epoch()
                ? at.sequence() >= target.sequence()
                : adoptedAtMicros - appendedAtMicros > CLOCKS_DIFFER_MICROS
                        || left.stream()
                                .anyMatch(
                                        last -> last.epoch() == target.epoch() && last.sequence() >= target.sequence());
    }

    /** Returns how many records of the head's epoch the member has not applied; -1 if it is in another epoch. */
    public long lagRecords(Position head) {
        return position == null || position.epoch() != head.epoch()
                ? -1
                : Math.max(0, head.sequence() - position.sequence());
    }
}

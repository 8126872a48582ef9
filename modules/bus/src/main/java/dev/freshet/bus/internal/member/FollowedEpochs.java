package dev.freshet.bus.internal.member;

import dev.freshet.schema.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which epochs a member followed: what proves that it applied a record of another epoch than its present one.
 *
 * @param adoptedAtMicros when it began to drop its entries for the present epoch, on the Redis clock; 0 if that is not known
 * @param left the last position of epochs before, the oldest first
 */
public record FollowedEpochs(long adoptedAtMicros, List<Position> left) {

    /** At most so many epochs are remembered, since every heartbeat writes them. */
    private static final int MAX_LEFT = 4;

    public static final FollowedEpochs NONE = new FollowedEpochs(0, List.of());

    /** Returns what is known once the next epoch is adopted. */
    public FollowedEpochs next(@Nullable Position last, long nextAdoptedAtMicros) {
        List<Position> all = new ArrayList<>(left);
        if (last != null) {
            all.add(last);
        }
        return new FollowedEpochs(
                nextAdoptedAtMicros, List.copyOf(all.subList(Math.max(0, all.size() - MAX_LEFT), all.size())));
    }

    /** Whether a position had been reached before its epoch was left. */
    public boolean hasReached(Position target) {
        return left.stream().anyMatch(last -> last.epoch() == target.epoch() && last.sequence() >= target.sequence());
    }

    String leftText() {
        return left.stream().map(Position::toString).collect(Collectors.joining(","));
    }

    /** @throws IllegalArgumentException if the text is not a list of positions */
    static List<Position> parseLeft(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(Position::parse).toList();
    }
}

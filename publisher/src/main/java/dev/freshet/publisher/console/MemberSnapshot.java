package dev.freshet.publisher.console;

import dev.freshet.bus.Member;
import dev.freshet.schema.Position;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of a region at one moment: what its row says, and what it answered last. Immutable.
 *
 * @param row what its row says
 * @param words what it answered last; empty if it has not answered since somebody watches
 * @param head the last position of the region's log
 * @param nowMicros the moment, on the Redis clock
 */
record MemberSnapshot(
        Member row, Map<String, String> words, @Nullable Position head, long nowMicros) {

    private static final String UNCONFIRMED = "unconfirmed";
    private static final String BYPASSED = "bypassed";

    MemberSnapshot {
        words = Map.copyOf(words);
    }

    /** Whether it wrote its row within its own bound. */
    boolean isLive() {
        return row.isLive(nowMicros);
    }

    /**
     * Returns how many records it has not applied; -1 if it is in another epoch, or joins. A member with a recent proof says so itself: its
     * row is older than the head.
     */
    long lagRecords() {
        if (isLive() && isConfirmed() && words.containsKey("lag")) {
            return number("lag", 0);
        }
        return head == null ? 0 : row.lagRecords(head);
    }

    /** Returns the age of its last proof in microseconds; -1 if it has none. */
    long confirmedAgeMicros() {
        long confirmed = Math.max(row.confirmedAtMicros(), number("confirmed", 0));
        return confirmed == 0 ? -1 : Math.max(0, nowMicros - confirmed);
    }

    /** Returns how long ago it wrote its row. */
    long seenAgeMicros() {
        return Math.max(0, nowMicros - row.seenAtMicros());
    }

    /** Whether its proof is younger than half of the time after which others take it for gone. */
    boolean isConfirmed() {
        long age = confirmedAgeMicros();
        String serving = words.getOrDefault("serving", "");
        return age >= 0
                && age <= row.goneAfterMicros() / 2
                && !serving.equals(UNCONFIRMED)
                && !serving.equals(BYPASSED);
    }

    /** Whether it said of itself that it serves entries which may be stale. */
    boolean servesUnconfirmed() {
        return isLive() && words.getOrDefault("serving", "").equals(UNCONFIRMED);
    }

    /** Returns a word of its answer as a number. */
    long number(String word, long otherwise) {
        String text = words.get(word);
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise; // no member of ours wrote it
        }
    }
}

package dev.freshet.bus.internal.member;

import dev.freshet.bus.Member;
import dev.freshet.schema.Position;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A field of the members hash: words {@code name=value}, separated by one space, so that any language can read it. A reader
 * skips words that it does not know. The heartbeat script adds {@code seen=} from the Redis clock.
 */
public record MemberRow(Member member, String channel) {

    /** Returns the row without {@code seen=}, which the script puts in front. Times are microseconds on the Redis clock. */
    public static String format(
            @Nullable Position position,
            long appliedAtMicros,
            long confirmedAtMicros,
            long goneAfterMicros,
            FollowedEpochs epochs,
            String channel,
            String name) {
        return "position=" + (position == null ? "-" : position) + " applied=" + appliedAtMicros + " confirmed="
                + confirmedAtMicros + " gone=" + goneAfterMicros + " adopted=" + epochs.adoptedAtMicros() + " left="
                + epochs.leftText() + " channel=" + encode(channel) + " name="
                + encode(name);
    }

    /** Reads a row, or returns null if it is not one. */
    public static @Nullable MemberRow parse(String id, String row) {
        Map<String, String> words = new HashMap<>();
        for (String word : row.split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        try {
            String position = words.getOrDefault("position", "-");
            Member member = new Member(
                    id,
                    decode(words.getOrDefault("name", id)),
                    position.equals("-") ? null : Position.parse(position),
                    Long.parseLong(words.getOrDefault("applied", "0")),
                    Long.parseLong(words.getOrDefault("confirmed", "0")),
                    Long.parseLong(words.getOrDefault("seen", "")),
                    Long.parseLong(words.getOrDefault("gone", "")),
                    Long.parseLong(words.getOrDefault("adopted", "0")),
                    FollowedEpochs.parseLeft(words.getOrDefault("left", "")));
            return new MemberRow(member, decode(words.getOrDefault("channel", "")));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}

package dev.freshet.bus.internal.tier;

import dev.freshet.bus.tier.TierValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads a value as the scripts frame it: one line about it, its tags, its bytes. Only the scripts write frames. */
final class TierFrame {

    private static final int MAX_LINE_BYTES = 4096;
    private static final int FIRST_LENGTH = 6;

    private TierFrame() {}

    /** Returns the value, or null if these bytes are not a frame. */
    static @Nullable TierValue parse(byte[] frame) {
        int line = 0;
        while (line < frame.length && line < MAX_LINE_BYTES && frame[line] != '\n') {
            line++;
        }
        String[] words = new String(frame, 0, line, StandardCharsets.US_ASCII).split(" ", -1);
        if (words.length < FIRST_LENGTH) {
            return null;
        }
        try {
            int count = Integer.parseInt(words[5]);
            if (count != words.length - FIRST_LENGTH) {
                return null;
            }
            List<String> tags = new ArrayList<>(count);
            int at = line + 1;
            for (int i = FIRST_LENGTH; i < words.length; i++) {
                int length = Integer.parseInt(words[i]);
                if (length < 0 || length > frame.length - at) {
                    return null;
                }
                tags.add(new String(frame, at, length, StandardCharsets.UTF_8));
                at += length;
            }
            OptionalLong version =
                    words[3].equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(words[3]));
            boolean isAbsence = words[4].equals("a"); // of which the bytes are at most a signature
            return at > frame.length || !(isAbsence || words[4].equals("v"))
                    ? null
                    : new TierValue(Arrays.copyOfRange(frame, at, frame.length), isAbsence, tags, version);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}

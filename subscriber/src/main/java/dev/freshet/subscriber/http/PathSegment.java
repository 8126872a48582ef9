package dev.freshet.subscriber.http;

import dev.freshet.service.http.Faults;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one segment of a request's path. The segment is percent-decoded exactly once and never normalised: {@code ..} and
 * {@code a%2Fb} are ordinary keys.
 */
final class PathSegment {

    private PathSegment() {}

    /**
     * Returns the decoded segment; null if it is malformed, after adding the fault.
     *
     * @param raw the segment as it arrived
     * @param field the field's name in the fault
     */
    static @Nullable String decode(String raw, String field, Faults faults) {
        if (isPlain(raw)) {
            return raw;
        }
        byte[] bytes = new byte[raw.length()];
        int length = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                boolean complete = i + 2 < raw.length();
                int high = complete ? hexDigit(raw.charAt(i + 1)) : -1;
                int low = complete ? hexDigit(raw.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    faults.add(field, "has a \"%\" that two hexadecimal digits do not follow");
                    return null;
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c < 0x80) {
                bytes[length++] = (byte) c;
            } else {
                faults.add(field, "must be percent-encoded where it is not ASCII");
                return null;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            faults.add(field, "must be well-formed UTF-8 when it is percent-decoded");
            return null;
        }
    }

    private static boolean isPlain(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static int hexDigit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}

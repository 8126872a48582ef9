package dev.freshet.service.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Checks bytes for well-formed UTF-8. The JSON library lets some malformed bytes pass. */
public final class Utf8 {

    private Utf8() {}

    /** Returns whether these bytes are well-formed UTF-8. */
    public static boolean isWellFormed(byte[] bytes, int offset, int length) {
        // Most changes are ASCII, and a loop over bytes is much faster than a decoder.
        return isAscii(bytes, offset, length) || isDecodable(bytes, offset, length);
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int all = 0;
        for (int i = offset; i < offset + length; i++) {
            all |= bytes[i];
        }
        return all >= 0;
    }

    private static boolean isDecodable(byte[] bytes, int offset, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}

package dev.freshet.resp.local;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The answers of Redis to reads of one key that is no string, packed into the bytes of one copy: so whatever changes the key evicts all of
 * them. The latest comes first. Stateless.
 */
final class Answers {

    /** So many are looked through in a microsecond. */
    static final int MAX_ANSWERS = 128;

    private static final int LENGTHS_BYTES = 8;

    private Answers() {}

    /** Returns the answer to a question; null: there is none. */
    static @Nullable Buffer find(Buffer packed, byte[] question) {
        int at = 0;
        while (at < packed.length()) {
            int questionBytes = packed.getInt(at);
            int answerBytes = packed.getInt(at + 4);
            int questionAt = at + LENGTHS_BYTES;
            at = questionAt + questionBytes + answerBytes;
            if (questionBytes == question.length && holds(packed, questionAt, question)) {
                return packed.slice(questionAt + questionBytes, at);
            }
        }
        return null;
    }

    private static boolean holds(Buffer packed, int from, byte[] question) {
        for (int i = 0; i < question.length; i++) {
            if (packed.getByte(from + i) != question[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the answers with one more. The oldest are left out that do not fit.
     *
     * @param packed null: there are none yet
     * @return null if the new one alone does not fit
     */
    static @Nullable Buffer with(@Nullable Buffer packed, byte[] question, Buffer answer, int maximumBytes) {
        if (bytes(question, answer) > maximumBytes) {
            return null;
        }
        Buffer all = Buffer.buffer()
                .appendInt(question.length)
                .appendInt(answer.length())
                .appendBytes(question)
                .appendBuffer(answer);
        int at = 0;
        for (int count = 1; packed != null && at < packed.length() && count < MAX_ANSWERS; count++) {
            int questionBytes = packed.getInt(at);
            int end = at + LENGTHS_BYTES + questionBytes + packed.getInt(at + 4);
            boolean isSame = questionBytes == question.length && holds(packed, at + LENGTHS_BYTES, question);
            if (!isSame && all.length() + end - at > maximumBytes) {
                break;
            }
            if (!isSame) {
                all.appendBuffer(packed, at, end - at);
            }
            at = end;
        }
        return Buffer.buffer(all.getBytes()); // without room to grow
    }

    private static long bytes(byte[] question, Buffer answer) {
        return (long) LENGTHS_BYTES + question.length + answer.length();
    }
}

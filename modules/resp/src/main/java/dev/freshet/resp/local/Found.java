package dev.freshet.resp.local;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key here.
 *
 * @param bytes the value, or answers, which nobody may change; null: there is no such key
 * @param deadlineNanos when it expires, or {@link CopyForm#NO_DEADLINE}
 * @param isAnswers whether the key is no string, and only answers to some commands are known
 */
public record Found(@Nullable Buffer bytes, long deadlineNanos, boolean isAnswers) {

    static final Found ABSENT = new Found(null, CopyForm.NO_DEADLINE, false);

    /** Returns the answer to a question about a key that is no string; null: none is known. */
    public @Nullable Buffer answer(byte[] question) {
        return bytes == null || !isAnswers ? null : Answers.find(bytes, question);
    }
}

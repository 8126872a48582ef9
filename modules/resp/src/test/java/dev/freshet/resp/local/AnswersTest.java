package dev.freshet.resp.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers about one key, packed into one copy. */
@Tag("pure")
class AnswersTest {

    private static final int LARGE = 1 << 20;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Buffer with(@Nullable Buffer packed, String question, String answer) {
        return Objects.requireNonNull(Answers.with(packed, bytes(question), Buffer.buffer(answer), LARGE));
    }

    private static @Nullable String find(Buffer packed, String question) {
        Buffer found = Answers.find(packed, bytes(question));
        return found == null ? null : found.toString();
    }

    @Test
    void eachQuestionHasItsAnswer() {
        Buffer packed = with(with(with(null, "a", "1"), "ab", "two"), "", "");
        assertThat(find(packed, "a")).isEqualTo("1");
        assertThat(find(packed, "ab")).isEqualTo("two");
        assertThat(find(packed, "")).isEmpty();
        assertThat(find(packed, "b")).isNull();
    }

    @Test
    void aNewAnswerReplacesTheOld() {
        Buffer packed = with(with(with(null, "a", "1"), "b", "2"), "a", "3");
        assertThat(find(packed, "a")).isEqualTo("3");
        assertThat(find(packed, "b")).isEqualTo("2");
        assertThat(packed.length()).isEqualTo(2 * (8 + 2));
    }

    @Test
    void theOldestGoFirstIfTheyAreTooMany() {
        Buffer packed = null;
        for (int i = 0; i <= Answers.MAX_ANSWERS; i++) {
            packed = with(packed, "q" + i, "a" + i);
        }
        assertThat(find(Objects.requireNonNull(packed), "q0")).isNull();
        for (int i = 1; i <= Answers.MAX_ANSWERS; i++) {
            assertThat(find(packed, "q" + i)).isEqualTo("a" + i);
        }
    }

    @Test
    void theOldestGoFirstIfTheyAreTooLarge() {
        Buffer first = Answers.with(null, bytes("a"), Buffer.buffer("1".repeat(50)), 130);
        Buffer second = Answers.with(first, bytes("b"), Buffer.buffer("2".repeat(50)), 130);
        Buffer third = Objects.requireNonNull(Answers.with(second, bytes("c"), Buffer.buffer("3".repeat(50)), 130));
        assertThat(third.length()).isLessThanOrEqualTo(130);
        assertThat(find(third, "a")).isNull();
        assertThat(find(third, "b")).isNotNull();
        assertThat(find(third, "c")).isNotNull();
        assertThat(Answers.with(third, bytes("d"), Buffer.buffer("4".repeat(122)), 130))
                .isNull();
    }
}

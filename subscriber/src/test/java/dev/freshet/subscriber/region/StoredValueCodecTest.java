package dev.freshet.subscriber.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoredValueCodecTest {

    private final StoredValueCodec codec = new StoredValueCodec();

    @Test
    void aValueIsReadAsItWasWritten() {
        StoredValue value = StoredValue.copyOf(Buffer.buffer("körper"), "text/plain; charset=utf-8");

        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
    }

    /** What throws here is a miss to the reader, which then gets a lease; a value that no answer can carry would be an error for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: b", "a\nb", "a\u0000b", "a\u000bb", "\f", "a\u007f"})
    void aContentTypeThatNoAnswerCanCarryIsNotRead(String type) {
        byte[] planted = codec.encode(new StoredValue(Buffer.buffer("x"), type));

        assertThatThrownBy(() -> codec.decode(planted)).isInstanceOf(IllegalArgumentException.class);
    }
}

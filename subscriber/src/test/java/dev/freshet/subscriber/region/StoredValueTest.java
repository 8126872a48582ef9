package dev.freshet.subscriber.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

final class StoredValueTest {

    private static String typeOf(String header) {
        // As a request brings it: a text of its own.
        return StoredValue.copyOf(Buffer.buffer("x"), String.join("", header.split("")))
                .contentType();
    }

    @Test
    void entriesOfOneContentTypeShareItsText() {
        assertThat(typeOf("text/x-shared")).isSameAs(typeOf("text/x-shared")).isEqualTo("text/x-shared");
    }

    @Test
    void howeverManyTypesThereAreEachValueHasItsOwn() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(typeOf("text/x-" + i % 300)).isEqualTo("text/x-" + i % 300);
        }
        assertThat(typeOf("x/".repeat(300))).isEqualTo("x/".repeat(300)).isNotSameAs(typeOf("x/".repeat(300)));
    }
}

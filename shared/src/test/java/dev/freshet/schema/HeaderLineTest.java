package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Decoded.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderLineTest {

    private static final byte[] BODY = {0x2a, 0x04, 0x0a, 0x02, 0x0a, 0x00};

    @Test
    void isEpochSequenceAndMicrosecondsThenFlags() {
        assertThat(header("fedcba9876543210 1 0\n"))
                .isEqualTo(new RecordHeader(new Position(0xfedcba9876543210L, 1), 0, false));
        assertThat(header("0000000000000000 9223372036854775807 9223372036854775807 a\n"))
                .isEqualTo(new RecordHeader(new Position(0, Long.MAX_VALUE), Long.MAX_VALUE, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "00c0ffee00c0ffee 42 1767225600000123",
                "00c0ffee00c0ffee 42\n",
                "00c0ffee00c0ffee 42 \n",
                "00c0ffee00c0ffee  42 1\n",
                " 00c0ffee00c0ffee 42 1\n",
                "00C0FFEE00C0FFEE 42 1\n",
                "c0ffee 42 1\n",
                "00c0ffee00c0ffeg 42 1\n",
                "00c0ffee00c0ffee 0 1\n",
                "00c0ffee00c0ffee -1 1\n",
                "00c0ffee00c0ffee +1 1\n",
                "00c0ffee00c0ffee 9223372036854775808 1\n",
                "00c0ffee00c0ffee 42 1.5\n",
                "00c0ffee00c0ffee 42 -1\n",
                "00c0ffee00c0ffee 4٢ 1\n",
                "00c0ffee00c0ffee\t42\t1\n",
                "00c0ffee00c0ffee 42 1\r\n",
                "{\"region\":\"users\"}\n"
            })
    void anythingElseIsForeign(String line) {
        assertThat(RecordCodec.decode(Golden.frame(line, BODY)))
                .isInstanceOfSatisfying(Decoded.Foreign.class, foreign -> assertThat(foreign.refusal())
                        .isEqualTo(Refusal.MALFORMED_HEADER));
    }

    @Test
    void aLineThatDoesNotEndInTimeIsForeign() {
        String line = "00c0ffee00c0ffee 42 1 " + "x".repeat(Limits.MAX_HEADER_BYTES);
        assertThat(RecordCodec.decode(Golden.frame(line + "\n", BODY))).isInstanceOf(Decoded.Foreign.class);
    }

    private static RecordHeader header(String line) {
        Decoded decoded = RecordCodec.decode(Golden.frame(line, BODY));
        assertThat(decoded).isInstanceOf(Decoded.Unreadable.class);
        return ((Decoded.Unreadable) decoded).header();
    }
}

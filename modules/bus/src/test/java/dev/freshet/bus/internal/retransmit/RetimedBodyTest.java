package dev.freshet.bus.internal.retransmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.schema.TraceContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is appended again says the same as before, with its times on the clock of the server that it goes to. */
@Tag("pure")
class RetimedBodyTest {

    private static final RecordBody BODY = new RecordBody(
            "shop",
            OptionalLong.of(250),
            List.of(
                    new Invalidation(
                            Selector.keys("user:1"), 1_000, 2_000, OptionalLong.of(7), new TraceContext(1, 2, 3, (byte)
                                    1)),
                    new Invalidation(Selector.tags("team:7"), 1_500, 2_500, OptionalLong.empty())));

    private static RecordBody read(byte[] body) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes("00c0ffee00c0ffee 42 3000\n".getBytes(StandardCharsets.US_ASCII));
        frame.writeBytes(body);
        return ((Decoded.Intact) RecordCodec.decode(frame.toByteArray())).body();
    }

    @Test
    void onlyTimesAndTheirErrorChange() {
        RecordBody later = read(RetimedBody.of(RecordCodec.encodeBody(BODY), 100, OptionalLong.of(90)));

        assertThat(later)
                .isEqualTo(new RecordBody(
                        "shop",
                        OptionalLong.of(90),
                        List.of(
                                new Invalidation(
                                        Selector.keys("user:1"),
                                        1_100,
                                        2_100,
                                        OptionalLong.of(7),
                                        new TraceContext(1, 2, 3, (byte) 1)),
                                new Invalidation(Selector.tags("team:7"), 1_600, 2_600, OptionalLong.empty()))));
    }

    @Test
    void onTheSameClockNothingChanges() {
        byte[] body = RecordCodec.encodeBody(BODY);
        assertThat(RetimedBody.of(body, 0, OptionalLong.of(90))).isSameAs(body);
    }

    @Test
    void whatCannotBeReadIsKeptAsItIs() {
        byte[] strange = {1, 2, 3};
        assertThat(RetimedBody.of(strange, 5, OptionalLong.empty())).isSameAs(strange);
    }
}

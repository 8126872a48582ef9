package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What W3C Trace Context says of a {@code traceparent}. */
@Tag("pure")
class TraceContextTest {

    private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void itsPartsAreThoseOfTheText() {
        TraceContext trace = TraceContext.parse(VALID);
        assertThat(trace).isNotNull();
        assertThat(trace.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(trace.spanIdDigits()).isEqualTo("b7ad6b7169203331");
        assertThat(trace.isSampled()).isTrue();
        assertThat(trace).hasToString(VALID);
        assertThat(TraceContext.parse(VALID.substring(0, 53) + "fe"))
                .isNotNull()
                .returns(false, TraceContext::isSampled);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"
            })
    void ofALaterVersionWhatIsKnownIsRead(String later) {
        assertThat(TraceContext.parse(later)).isEqualTo(TraceContext.parse(VALID));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "00",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033 1-01",
                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
                "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-\u0660af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            })
    void anythingElseIsNoTrace(String text) {
        assertThat(TraceContext.parse(text)).isNull();
    }

    @Property
    void theTextAndTheBytesSayTheSame(@ForAll("traces") TraceContext trace) {
        assertThat(TraceContext.parse(trace.toString())).isEqualTo(trace);
        assertThat(TraceContext.read(trace.toBytes())).isEqualTo(trace);
    }

    @Provide
    net.jqwik.api.Arbitrary<TraceContext> traces() {
        return SchemaArbitraries.traces();
    }

    @Test
    void noIdIsZero() {
        assertThatThrownBy(() -> new TraceContext(0, 0, 1, (byte) 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TraceContext(1, 0, 0, (byte) 1)).isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Decoded.Refusal;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pins the bytes on the wire. This code did not write the files. A change that breaks them breaks every reader and writer
 * that is deployed, and needs a new wire version.
 */
class GoldenFilesTest {

    private static final String HEADER = "00c0ffee00c0ffee 42 1767225600000123\n";
    private static final RecordHeader READ_HEADER =
            new RecordHeader(Position.parse("00c0ffee00c0ffee-42"), 1_767_225_600_000_123L, false);
    private static final long BASE_MICROS = 1_767_225_600_000_100L;

    static Stream<Arguments> records() {
        return Stream.of(
                Arguments.of("keys", body(of(Selector.keys("user:1", "user:2")))),
                Arguments.of(
                        "keys-version",
                        body(new Invalidation(
                                Selector.keys("user:1"), BASE_MICROS - 100, BASE_MICROS, OptionalLong.of(42)))),
                Arguments.of(
                        "keys-trace",
                        body(new Invalidation(
                                Selector.keys("user:1"),
                                BASE_MICROS - 100,
                                BASE_MICROS,
                                OptionalLong.empty(),
                                TraceContext.parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")))),
                Arguments.of("keys-non-ascii", body(of(Selector.keys("käse", "日本", "😀")))),
                Arguments.of("tags", body(of(Selector.tags("team:7")))),
                Arguments.of("prefixes", body(of(Selector.prefixes("user:")))),
                Arguments.of("all", body(of(Selector.all()))),
                Arguments.of(
                        "batch",
                        body(
                                of(Selector.keys("a")),
                                at(Selector.tags("t"), 5, 7),
                                at(Selector.all(), -3_600_000_000L, -1))),
                Arguments.of(
                        "clock-error-unknown",
                        new RecordBody("publisher-1", OptionalLong.empty(), List.of(at(Selector.keys("a"), 0, 0)))));
    }

    @ParameterizedTest
    @MethodSource("records")
    void theWriterWritesTheseBytes(String name, RecordBody body) {
        assertThat(Golden.frame(HEADER, RecordCodec.encodeBody(body))).isEqualTo(Golden.frame(name));
    }

    @ParameterizedTest
    @MethodSource("records")
    void theReaderReadsThem(String name, RecordBody body) {
        assertThat(RecordCodec.decode(Golden.frame(name))).isEqualTo(new Decoded.Intact(READ_HEADER, body));
    }

    /** Whatever is wrong with a trace, the invalidation counts. */
    @ParameterizedTest
    @ValueSource(strings = {"trace-short", "trace-zero", "trace-long"})
    void aTraceThatCannotBeReadIsIgnored(String name) {
        assertThat(RecordCodec.decode(Golden.frame(name)))
                .isEqualTo(new Decoded.Intact(READ_HEADER, body(of(Selector.keys("user:1")))));
    }

    @ParameterizedTest
    @CsvSource({"awaited, true", "newer-header-flags, true", "newer-fields, false"})
    void whatANewerWriterAddsIsSkipped(String name, boolean awaited) {
        RecordHeader header = new RecordHeader(READ_HEADER.position(), READ_HEADER.loggedAtMicros(), awaited);
        assertThat(RecordCodec.decode(Golden.frame(name)))
                .isEqualTo(new Decoded.Intact(header, body(of(Selector.keys("a")))));
    }

    @ParameterizedTest
    @CsvSource({
        "newer-revision, NEWER_REVISION",
        "newest-revision, NEWER_REVISION",
        "newer-revision-and-selector, NEWER_REVISION",
        "selector-unset, UNKNOWN_SELECTOR",
        "selector-unknown, UNKNOWN_SELECTOR"
    })
    void whatMustNotBeIgnoredIsRefusedWithItsPosition(String name, Refusal refusal) {
        assertThat(RecordCodec.decode(Golden.frame(name)))
                .isInstanceOfSatisfying(Decoded.Unreadable.class, unreadable -> {
                    assertThat(unreadable.refusal()).isEqualTo(refusal);
                    assertThat(unreadable.header()).isEqualTo(READ_HEADER);
                });
    }

    private static RecordBody body(Invalidation... invalidations) {
        return new RecordBody("publisher-1", OptionalLong.of(250), List.of(invalidations));
    }

    private static Invalidation of(Selector selector) {
        return at(selector, -100, 0);
    }

    private static Invalidation at(Selector selector, long changedDeltaMicros, long acceptedDeltaMicros) {
        return new Invalidation(
                selector, BASE_MICROS + changedDeltaMicros, BASE_MICROS + acceptedDeltaMicros, OptionalLong.empty());
    }
}

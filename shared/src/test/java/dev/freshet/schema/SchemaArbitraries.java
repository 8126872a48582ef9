package dev.freshet.schema;

import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Generates everything that the schema allows, boundary values more often than by chance. */
final class SchemaArbitraries {

    private SchemaArbitraries() {}

    /** Names of 1 to 512 bytes, from every plane of Unicode. */
    static Arbitrary<String> names() {
        Arbitrary<Integer> codePoints = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.integers().between('!', '~')),
                Tuple.of(1, Arbitraries.integers().between(0, 0x7ff)),
                Tuple.of(1, Arbitraries.integers().between(0xe000, 0xffff)),
                Tuple.of(1, Arbitraries.integers().between(0x1_0000, 0x10_ffff)));
        Arbitrary<String> anywhere =
                codePoints.list().ofMinSize(1).ofMaxSize(128).map(SchemaArbitraries::text);
        Arbitrary<String> longest =
                Arbitraries.of("x".repeat(512), "é".repeat(256), "€".repeat(170) + "xx", "😀".repeat(128));
        return Arbitraries.frequencyOf(Tuple.of(9, anywhere), Tuple.of(1, longest));
    }

    static Arbitrary<Selector> selectors() {
        Arbitrary<List<String>> lists = names().list().ofMinSize(1).ofMaxSize(20);
        return Arbitraries.oneOf(
                lists.map(Selector.Keys::new),
                lists.map(Selector.Tags::new),
                lists.map(Selector.Prefixes::new),
                Arbitraries.just(Selector.all()));
    }

    static Arbitrary<Invalidation> invalidations() {
        return Combinators.combine(selectors(), micros(), micros(), optionalLongs(), traces().injectNull(0.5))
                .as((selector, changed, accepted, version, trace) -> new Invalidation(
                        selector,
                        changed,
                        accepted,
                        selector instanceof Selector.Keys ? version : OptionalLong.empty(),
                        trace));
    }

    static Arbitrary<TraceContext> traces() {
        Arbitrary<Long> ids = Arbitraries.longs().filter(id -> id != 0);
        return Combinators.combine(Arbitraries.longs(), ids, ids, Arbitraries.bytes())
                .as(TraceContext::new);
    }

    static Arbitrary<RecordBody> bodies() {
        Arbitrary<String> origins = Arbitraries.strings().withChars("pub-1é€").ofMaxLength(Limits.MAX_ORIGIN_BYTES / 3);
        return Combinators.combine(
                        origins,
                        optionalLongs(),
                        invalidations().list().ofMinSize(1).ofMaxSize(10))
                .as(RecordBody::new);
    }

    static Arbitrary<Position> positions() {
        return Combinators.combine(Arbitraries.longs(), Arbitraries.longs().greaterOrEqual(0))
                .as(Position::new);
    }

    private static Arbitrary<Long> micros() {
        return Arbitraries.longs();
    }

    private static Arbitrary<OptionalLong> optionalLongs() {
        return Arbitraries.longs()
                .greaterOrEqual(0)
                .map(OptionalLong::of)
                .injectNull(0.3)
                .map(version -> version == null ? OptionalLong.empty() : version);
    }

    private static String text(List<Integer> codePoints) {
        StringBuilder text = new StringBuilder();
        codePoints.forEach(text::appendCodePoint);
        return text.toString();
    }
}

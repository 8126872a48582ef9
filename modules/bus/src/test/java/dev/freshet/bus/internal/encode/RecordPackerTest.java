package dev.freshet.bus.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Receipt;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.schema.SelectorParts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecordPackerTest {

    private static final class Still implements TimeSource {
        @Override
        public long nanoTime() {
            return 1_000_000_000L;
        }

        @Override
        public long wallMicros() {
            return 1_000_000;
        }
    }

    private final RedisClock clock = new RedisClock(new Still());

    private static Submission submission(Selector selector, long changedNanos, boolean awaited) {
        return new Submission("users", List.of(selector), OptionalLong.empty(), awaited, 1_000_000_000L, changedNanos);
    }

    private static List<Invalidation> invalidations(PackedRecord record) {
        byte[] header = "00000000000000e1 1 5\n".getBytes(StandardCharsets.US_ASCII);
        byte[] frame = new byte[header.length + record.body().length];
        System.arraycopy(header, 0, frame, 0, header.length);
        System.arraycopy(record.body(), 0, frame, header.length, record.body().length);
        return ((Decoded.Intact) RecordCodec.decode(frame)).body().invalidations();
    }

    @Test
    void equalInvalidationsBecomeOneThatKeepsTheEarliestChange() {
        Submission late = submission(Selector.keys("a"), 900_000_000L, false);
        Submission early = submission(Selector.keys("a"), 400_000_000L, false);
        PackResult result = RecordPacker.pack(List.of(late, early), "test", clock);

        assertThat(result.duplicates()).isEqualTo(1);
        List<Invalidation> invalidations = invalidations(result.records().get(0));
        assertThat(invalidations).hasSize(1);
        assertThat(invalidations.get(0).changedAtMicros()).isEqualTo(400_000);
        assertThat(result.records().get(0).callers()).containsExactlyInAnyOrder(late, early);
    }

    @Test
    void whatDiffersInVersionOrAwaitIsNotEqual() {
        Submission plain = submission(Selector.keys("a"), 0, false);
        Submission awaited = submission(Selector.keys("a"), 0, true);
        Submission versioned =
                new Submission("users", List.of(Selector.keys("a")), OptionalLong.of(3), false, 1_000_000_000L, 0);
        PackResult result = RecordPacker.pack(List.of(plain, awaited, versioned), "test", clock);
        assertThat(result.duplicates()).isZero();
        assertThat(result.invalidations()).isEqualTo(3);
        assertThat(result.records().get(0).awaited()).isTrue();
    }

    @Test
    void everyCallerIsDoneWhenTheLastRecordWithAPartOfItsIsLogged() {
        String[] names = IntStream.range(0, 4_000).mapToObj("%0512d"::formatted).toArray(String[]::new);
        List<Selector> parts = SelectorParts.cut(Selector.keys(names));
        Submission large = new Submission("users", parts, OptionalLong.empty(), false, 1_000_000_000L, 0);
        List<PackedRecord> records =
                RecordPacker.pack(List.of(large), "test", clock).records();
        assertThat(records).hasSizeGreaterThan(5);

        List<String> seen = new ArrayList<>();
        long sequence = 0;
        for (PackedRecord record : records) {
            assertThat(large.done()).isNotDone();
            assertThat(record.body().length).isLessThanOrEqualTo(Limits.MAX_BODY_BYTES);
            invalidations(record).forEach(i -> seen.addAll(((Selector.Keys) i.selector()).keys()));
            record.callers().forEach(caller -> assertThat(caller).isSameAs(large));
            large.logged(new Position(1, ++sequence), 5);
            large.settle();
        }
        assertThat(large.done()).isCompletedWithValue(new Receipt("users", new Position(1, sequence), 5));
        assertThat(seen).containsExactly(names);
    }

    @Test
    void aChangeInTheFutureIsTakenToHaveHappenedNowAndCounted() {
        Submission future = submission(Selector.keys("a"), 9_000_000_000L, false);
        PackResult result = RecordPacker.pack(List.of(future), "test", clock);
        assertThat(result.fromFuture()).isEqualTo(1);
        Invalidation invalidation = invalidations(result.records().get(0)).get(0);
        assertThat(invalidation.changedAtMicros()).isEqualTo(invalidation.acceptedAtMicros());
    }

    @Test
    void ofRecordsThatGoTogetherOnlyTheLastAwaitedOneAsksForAReport() {
        List<PackedRecord> together = new ArrayList<>();
        for (boolean awaited : new boolean[] {true, false, true, true, false}) {
            together.add(new PackedRecord(new byte[0], 1, awaited, List.of()));
        }
        assertThat(RecordPacker.awaitOnce(together))
                .extracting(PackedRecord::awaited)
                .containsExactly(false, false, false, true, false);
    }

    @Test
    void weightCountsNames() {
        assertThat(SelectorParts.weigh(List.of(Selector.keys("a", "b"), Selector.tags("t"), Selector.all())))
                .isEqualTo(4);
    }
}

package dev.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.MemberAudit;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an audit picks, when it asks, and how it judges an answer. */
@Tag("pure")
class AuditPartsTest {

    private static final Duration AFTER = Duration.ofSeconds(1);
    private static final long LOGGED_MICROS = 1_000_000_000;

    private static LoggedRecord record(Invalidation... invalidations) {
        return new LoggedRecord(
                new RecordHeader(new Position(1, 7), LOGGED_MICROS, false),
                new RecordBody("writer", OptionalLong.empty(), List.of(invalidations)));
    }

    private static Invalidation of(Selector selector) {
        return new Invalidation(selector, 0, 0, OptionalLong.empty());
    }

    private static AuditedEntry entry(String key, OptionalLong version, long confirmedAtMicros) {
        return new AuditedEntry(key, LOGGED_MICROS - 1, version, List.of(), confirmedAtMicros, null);
    }

    private static MemberAudit answer(AuditedEntry... entries) {
        return new MemberAudit("m1", "one", new Position(1, 9), new Audited(entries.length, List.of(entries)), null);
    }

    @Test
    void eachInvalidationOfARecordIsPickedAndFewOfManyNames() {
        String[] many = IntStream.range(0, 500).mapToObj(i -> "k" + i).toArray(String[]::new);
        LoggedRecord record =
                record(of(Selector.keys(many)), of(Selector.tags("t")), of(Selector.prefixes("p")), of(Selector.all()));
        Random random = new Random(5);
        Set<Selector.Kind> kinds = new HashSet<>();
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 400; i++) {
            Selector picked =
                    PickedChange.of("users", record, random).query().selectors().get(0);
            kinds.add(picked.kind());
            assertThat(picked.names())
                    .hasSizeLessThanOrEqualTo(PickedChange.MAX_NAMES)
                    .doesNotHaveDuplicates();
            if (picked.kind() == Selector.Kind.KEYS) {
                keys.addAll(picked.names());
            }
        }
        assertThat(kinds).containsExactlyInAnyOrder(Selector.Kind.values());
        assertThat(keys).hasSizeGreaterThan(400);
    }

    @Test
    void anEntryOfTheVersionThatWasSaidOrALaterOneIsFresh() {
        PickedChange change = PickedChange.of(
                "users", record(new Invalidation(Selector.keys("k"), 0, 0, OptionalLong.of(7))), new Random(1));
        assertThat(change.judge(answer(), AFTER, 0)).isNull();
        assertThat(change.judge(answer(entry("k", OptionalLong.of(7), 0)), AFTER, 0))
                .isNull();
        assertThat(change.judge(answer(entry("k", OptionalLong.of(8), 0)), AFTER, 0))
                .isNull();
        assertThat(change.judge(answer(entry("k", OptionalLong.of(6), 0)), AFTER, 0))
                .isNotNull();
        assertThat(change.judge(answer(entry("k", OptionalLong.empty(), 0)), AFTER, 0))
                .isNotNull();
    }

    @Test
    void whoSaysThatItIsConfirmedSinceTheChangeAdmitsNothing() {
        PickedChange change = PickedChange.of("users", record(of(Selector.keys("k", "l"))), new Random(1));
        AuditedEntry old = entry("k", OptionalLong.empty(), LOGGED_MICROS);
        AuditedEntry young = entry("l", OptionalLong.empty(), LOGGED_MICROS + 500_000);
        AuditFinding admitting = change.judge(answer(old), AFTER, LOGGED_MICROS + 3);
        AuditFinding lying = change.judge(answer(old, young), AFTER, LOGGED_MICROS + 3);
        assertThat(admitting).isNotNull();
        assertThat(lying).isNotNull();
        if (admitting != null && lying != null) {
            assertThat(admitting.admitted()).isTrue();
            assertThat(admitting.heldMicros()).isEqualTo(3);
            assertThat(admitting.memberPosition()).isEqualTo(new Position(1, 9));
            assertThat(lying.admitted()).isFalse();
            assertThat(lying.keys()).containsExactly("k", "l");
        }
    }

    @Test
    void eachIsAskedAtEachTimeInTheOrderOfTheirMoments() {
        DueQueue<String> queue = new DueQueue<>(List.of(Duration.ofSeconds(1), Duration.ofSeconds(10)), 3);
        assertThat(queue.add("late", 2_000_000)).isTrue();
        assertThat(queue.add("early", 1_000_000)).isTrue();
        List<String> asked = new ArrayList<>();
        for (long now = 0; now < 20_000_000; now += 500_000) {
            for (var due = queue.poll(now); due != null; due = queue.poll(now)) {
                asked.add(due.what() + " after " + queue.after(due) + " at " + now);
                assertThat(queue.addNext(due)).isTrue();
            }
        }
        assertThat(asked)
                .containsExactly(
                        "early after PT1S at 2000000",
                        "late after PT1S at 3000000",
                        "early after PT10S at 11000000",
                        "late after PT10S at 12000000");
        assertThat(queue.size()).isZero();
    }

    @Test
    void aFullQueueTakesNothingMore() {
        DueQueue<String> queue = new DueQueue<>(List.of(AFTER), 2);
        assertThat(queue.add("a", 0)).isTrue();
        assertThat(queue.add("b", 0)).isTrue();
        assertThat(queue.add("c", 0)).isFalse();
    }

    @Test
    void fewChecksNeverReadAsPerfect() {
        assertThat(AuditTally.fresh(0, 0)).isZero();
        assertThat(AuditTally.fresh(1, 0)).isZero();
        assertThat(AuditTally.fresh(300, 0)).isEqualTo(0.99);
        assertThat(AuditTally.fresh(1_000, 1)).isEqualTo(0.999);
        assertThat(AuditTally.fresh(10, 10)).isZero();
        assertThat(AuditTally.nines(0.9995)).isEqualTo(3);
        assertThat(AuditTally.nines(AuditTally.fresh(3_000, 0))).isEqualTo(3);
        assertThat(AuditTally.nines(0)).isZero();
    }

    @Test
    void aWrongConfigurationIsRefused() {
        Duration second = Duration.ofSeconds(1);
        for (List<Duration> wrong : List.of(
                List.<Duration>of(),
                List.of(Duration.ZERO),
                List.of(second, second),
                List.of(second.multipliedBy(2), second),
                List.of(Duration.ofHours(2)))) {
            assertThatThrownBy(() -> new AuditConfig(List.of(), 1, wrong, Map.of(), second))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be");
        }
        for (double wrong : new double[] {-1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> new AuditConfig(List.of(), wrong, List.of(second), Map.of(), second))
                    .hasMessageContaining("0 to 1");
        }
        assertThatThrownBy(() -> new AuditConfig(List.of("Users"), 1, List.of(second), Map.of(), second))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reading a random part of a log. No record is in two samples, and what a limit leaves out is told. */
class LogSampleTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private static List<Long> sequences(LogSample sample) {
        return sample.records().stream()
                .map(record -> record.header().position().sequence())
                .toList();
    }

    private Publisher publisher() {
        return open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
    }

    /** Appends records with one key each: a publish that is awaited one by one shares no record. */
    private static Position append(Publisher publisher, int records) {
        Position last = null;
        for (int i = 0; i < records; i++) {
            last = publisher.publish("users", Change.ofKeys("k" + i)).join().position();
        }
        return Objects.requireNonNull(last);
    }

    @Test
    void withoutALogThereIsNothing() {
        assertThat(publisher().sample("users", null, 1, 10).join()).isEqualTo(new LogSample(null, List.of(), 0));
    }

    @Test
    void aWholeSampleHoldsEachRecordOnce() {
        Publisher publisher = publisher();
        Position begin = append(publisher, 3);
        LogSample first = publisher.sample("users", null, 1, 10).join();
        assertThat(first).isEqualTo(new LogSample(begin, List.of(), 0));
        append(publisher, 4);
        LogSample next = publisher.sample("users", first.head(), 1, 10).join();
        assertThat(sequences(next)).containsExactly(4L, 5L, 6L, 7L);
        assertThat(next.records()
                        .get(0)
                        .body()
                        .invalidations()
                        .get(0)
                        .selector()
                        .names())
                .containsExactly("k0");
        assertThat(publisher.sample("users", next.head(), 1, 10).join().records())
                .isEmpty();
    }

    @Test
    void aPartHoldsAboutThatMany() {
        Publisher publisher = publisher();
        LogSample before = publisher.sample("users", null, 1, 10).join();
        Position none = new Position(append(publisher, 400).epoch(), 0);
        assertThat(before.head()).isNull();
        int picked = 0;
        for (int i = 0; i < 20; i++) {
            LogSample sample = publisher.sample("users", none, 0.1, 400).join();
            assertThat(sequences(sample)).isSorted().doesNotHaveDuplicates();
            assertThat(sample.skipped()).isZero();
            picked += sample.records().size();
        }
        // 800 are expected; their standard deviation is 27.
        assertThat(picked).isBetween(600, 1_000);
        assertThat(publisher.sample("users", none, 0, 400).join().records()).isEmpty();
    }

    @Test
    void whatTheLimitLeavesOutIsCounted() {
        Publisher publisher = publisher();
        Position none = new Position(append(publisher, 100).epoch(), 0);
        LogSample sample = publisher.sample("users", none, 1, 10).join();
        assertThat(sample.records()).hasSizeLessThanOrEqualTo(10);
        assertThat(sample.skipped()).isEqualTo(90);
        assertThat(sample.head()).isEqualTo(new Position(none.epoch(), 100));
    }

    @Test
    void anotherLogIsReadFromItsBeginning() {
        Publisher publisher = publisher();
        append(publisher, 3);
        LogSample sample =
                publisher.sample("users", new Position(12345, 99), 1, 10).join();
        assertThat(sequences(sample)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void whatIsNoPartIsRefused() {
        Publisher publisher = publisher();
        for (double part : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> publisher.sample("users", null, part, 1)).hasMessageContaining("0 to 1");
        }
    }
}

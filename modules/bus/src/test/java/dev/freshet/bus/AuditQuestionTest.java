package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Asking live members which entries they hold. Each answers for itself, and silence is never taken for nothing. */
class AuditQuestionTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Too short for anything to happen that needs time. */
    private static final Duration SHORT = Duration.ofMillis(500);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private static final AuditedEntry ENTRY =
            new AuditedEntry("user:1", 5, OptionalLong.of(3), List.of("team 7"), 6, "abc");

    /** Says that it holds one entry, and writes down what it was asked. */
    private static final class HoldingReader extends RecordingReader {
        final List<AuditQuery> asked = new CopyOnWriteArrayList<>();

        @Override
        public Audited audit(AuditQuery query) {
            asked.add(query);
            return new Audited(4, List.of(ENTRY));
        }
    }

    private static final class FailingReader extends RecordingReader {
        @Override
        public Audited audit(AuditQuery query) {
            throw new IllegalStateException("told to fail");
        }
    }

    private Publisher publisher() {
        return open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
    }

    private Subscriber member(String name, RegionReader reader) {
        Subscriber subscriber = open.closing(
                Subscriber.connect(Patient.subscriber(REDIS.uri()).withName(name), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static AuditQuery query(long storedBeforeMicros, Selector... selectors) {
        return new AuditQuery(List.of(selectors), storedBeforeMicros, 10, true);
    }

    @Test
    void eachMemberTellsWhatItHoldsAndWhereItStands() {
        HoldingReader reader = new HoldingReader();
        Subscriber subscriber = member("one", reader);
        member("two", new RecordingReader());
        Publisher publisher = publisher();
        Receipt receipt = publisher
                .publish("users", Change.builder().keys("a").awaited().build())
                .join();
        publisher.awaitApplied(List.of(receipt), LONG).join();

        Selector keys = Selector.keys("user:1", "é");
        List<MemberAudit> answers = publisher
                .audit("users", query(Long.MAX_VALUE, keys, Selector.tags("team 7"), Selector.all()), LONG)
                .join();
        assertThat(answers).hasSize(2);
        MemberAudit one = named("one", answers);
        assertThat(one.id()).isEqualTo(subscriber.memberId());
        assertThat(one.position()).isEqualTo(receipt.position());
        assertThat(one.held()).isEqualTo(new Audited(4, List.of(ENTRY)));
        assertThat(reader.asked).containsExactly(query(Long.MAX_VALUE, keys, Selector.tags("team 7"), Selector.all()));
        assertThat(named("two", answers).held()).isNull();
        assertThat(named("two", answers).whyNot()).contains("does not tell");
    }

    private static MemberAudit named(String name, List<MemberAudit> answers) {
        return answers.stream()
                .filter(answer -> answer.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void ofATimeOnlyWhatIsCertainCounts() {
        HoldingReader reader = new HoldingReader();
        Subscriber subscriber = member("one", reader);
        long errorMicros = subscriber.time("users").errorMicros().orElseThrow();
        assertThat(publisher()
                        .audit("users", query(1_000_000_000_000L, Selector.keys("a")), LONG)
                        .join())
                .hasSize(1);
        assertThat(reader.asked.get(0).storedBeforeMicros())
                .as("the clock's error is taken off")
                .isLessThan(1_000_000_000_000L)
                .isGreaterThan(1_000_000_000_000L - Math.max(10_000_000, 10 * errorMicros));
    }

    @Test
    void aMemberThatFailsIsSilent() {
        member("one", new FailingReader());
        List<MemberAudit> answers = publisher()
                .audit("users", query(Long.MAX_VALUE, Selector.keys("a")), SHORT)
                .join();
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).held()).isNull();
        assertThat(answers.get(0).whyNot()).isNull();
    }

    @Test
    void whereNobodyFollowsThereIsNoAnswer() {
        assertThat(publisher()
                        .audit("nobody", query(Long.MAX_VALUE, Selector.keys("a")), LONG)
                        .join())
                .isEmpty();
    }

    @Test
    void whatCannotBeAskedIsRefusedBeforeAnythingIsSent() {
        Publisher publisher = publisher();
        assertThatThrownBy(() -> publisher.audit("Users", query(0, Selector.all()), LONG))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AuditQuery(List.of(), 0, 1, false)).hasMessageContaining("selector");
        assertThatThrownBy(() -> new AuditQuery(List.of(Selector.all()), 0, 101, false))
                .hasMessageContaining("0 to 100");
        Selector[] tooMany = IntStream.range(0, 1_000)
                .mapToObj(i -> Selector.keys(i + "x".repeat(500)))
                .toArray(Selector[]::new);
        assertThatThrownBy(() -> publisher.audit("users", query(0, tooMany), LONG))
                .hasMessageContaining("one question");
    }
}

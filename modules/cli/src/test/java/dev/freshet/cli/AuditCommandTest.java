package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code freshet audit}, on a real Redis with a member that says what a test wants. */
class AuditCommandTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    /** A member that holds one old entry for ever, or nothing. */
    private record Holding(boolean isStale) implements RegionReader {

        @Override
        public void apply(LoggedRecord record) {}

        @Override
        public void reset(ResetReason reason) {}

        @Override
        public void joined() {}

        @Override
        public Audited audit(AuditQuery query) {
            return isStale
                    ? new Audited(
                            1,
                            List.of(new AuditedEntry(
                                    "user:1", 1, OptionalLong.empty(), List.of(), Long.MAX_VALUE, null)))
                    : Audited.NOTHING;
        }
    }

    private static Outcome run(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--redis";
        all[args.length + 1] = redis.uri();
        return Outcome.of(all);
    }

    private void member(RegionReader reader) {
        Subscriber subscriber = open.closing(
                Subscriber.connect(Patient.subscriber(redis.uri()).withName("replica-1"), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
    }

    /** Audits while changes come, until the command has ended. */
    private Outcome auditWhilePublishing(String... args) {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(redis.uri())));
        CompletableFuture<Outcome> outcome = Background.call(() -> run(args));
        await().until(() -> {
            publisher.publish("users", Change.ofKeys("user:1")).join();
            return outcome.isDone();
        });
        return outcome.join();
    }

    @Test
    void nothingStaleIsSaidWithWhatItProves() {
        member(new Holding(false));
        Outcome outcome = auditWhilePublishing("audit", "users", "--for", "2s", "--after", "100ms,300ms");
        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
        assertThat(outcome.out()).contains("AFTER", "100ms", "300ms", "or better", "nothing stale in ");
    }

    @Test
    void whatIsFoundNamesTheMemberTheRecordAndAHashOfTheKey() {
        member(new Holding(true));
        Outcome outcome = auditWhilePublishing("audit", "users", "--for", "2s", "--after", "100ms");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out())
                .containsPattern(
                        "STALE after 100ms: replica-1 at \\S+, record \\S+ of \\S+, as confirmed, keys [0-9a-f]{12}")
                .contains("findings in ")
                .doesNotContain("user:1");
        Outcome shown =
                auditWhilePublishing("audit", "users", "--for", "2s", "--after", "100ms", "--json", "--show-keys");
        assertThat(shown.out())
                .startsWith("{\"region\":\"users\",\"moments\":[{\"after\":\"100ms\",\"checked\":")
                .contains("\"kind\":\"stale\"", "\"member\":\"replica-1\"", "\"keys\":[\"user:1\"]");
    }

    @Test
    void withoutAnybodyToAskItIsInconclusive() {
        Outcome outcome = auditWhilePublishing("audit", "users", "--for", "1s", "--after", "100ms");
        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.out()).contains("INCONCLUSIVE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--after 10s,1s | --after must be positive and ascending",
                "--after soon | must be a time like",
                "--sample 2 | --sample must be 0 to 1",
                "--sample 0 | leaves nothing to check",
                "--truth-url http://app/{id} | must be given together",
                "--truth-url http://app/{name} --truth-keys user:{id} | --truth-url must use names",
                "--truth-url http://app/{id} --truth-keys user:{ | --truth-keys must be a pattern",
            })
    void aWrongCommandLineIsRefused(String options, String fault) {
        String[] words = ("audit users " + options).split(" ", -1);
        Outcome outcome = run(words);
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains(fault);
    }
}

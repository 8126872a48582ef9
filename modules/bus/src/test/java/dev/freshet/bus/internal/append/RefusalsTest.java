package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RefusalsTest {

    private record Way(String name, BiConsumer<Refusals, List<Submission>> refuses) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** The ways in which a change is refused that was not sent just now. */
    static List<Way> ways() {
        return List.of(
                new Way("full", Refusals::full),
                new Way("closed", Refusals::closed),
                new Way(
                        "unavailable",
                        (refusals, submissions) -> refusals.unavailable(
                                submissions, new Outage(Reason.REDIS_AWAY, "a test says so"), false)));
    }

    private static Submission submission() {
        return new Submission("users", List.of(Selector.keys("a")), OptionalLong.empty(), false, 0, 0);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void whatWasSentOnceMayHaveBeenAppendedThoughItIsRefusedLater(Way way) {
        AtomicInteger refused = new AtomicInteger();
        PublisherListener listener = new PublisherListener() {
            @Override
            public void refused(Reason reason, int changes) {
                refused.addAndGet(changes);
            }
        };
        Submission neverSent = submission();
        neverSent.rewind(false);
        Submission sent = submission();
        sent.rewind(true);
        sent.rewind(false); // packed again, and not sent that time
        way.refuses.accept(
                new Refusals(PublisherConfig.of("redis://127.0.0.1:6379"), listener), List.of(neverSent, sent));
        assertThat(refusal(neverSent).mayHaveBeenAppended()).isFalse();
        assertThat(refusal(sent).mayHaveBeenAppended()).isTrue();
        assertThat(refusal(sent).reason()).isEqualTo(refusal(neverSent).reason());
        assertThat(refused).hasValue(2);
    }

    private static UnavailableException refusal(Submission submission) {
        return (UnavailableException)
                Objects.requireNonNull(catchThrowable(submission.done()::join).getCause());
    }
}

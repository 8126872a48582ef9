package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.faults.PipelinedConnection.Answer;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The check must report a violation, and must not report one that did not happen. */
@Tag("pure")
class ConfirmationCheckTest {
    private static final long MILLI = 1_000_000;
    private static final long REQUEST = 5_000 * MILLI;

    private final ConfirmationCheck check = new ConfirmationCheck(Duration.ofSeconds(1));

    private static Answer hit(String state, long ageMillis) {
        return new Answer(200, state, ageMillis * MILLI, "", "user:1 7 0");
    }

    @Test
    void a_value_that_was_superseded_before_the_claimed_moment_is_a_lie() {
        assertThat(check.broken(hit("confirmed", 300), REQUEST, REQUEST - 301 * MILLI))
                .hasValueSatisfying(why -> assertThat(why).contains("superseded before"));
        assertThat(check.broken(hit("confirmed", 300), REQUEST, REQUEST - 300 * MILLI))
                .isPresent();
    }

    @Test
    void a_value_that_was_superseded_after_the_claimed_moment_is_stale_but_no_lie() {
        assertThat(check.broken(hit("confirmed", 300), REQUEST, REQUEST - 299 * MILLI))
                .isEmpty();
    }

    @Test
    void the_newest_value_is_no_lie_however_old_the_confirmation_within_the_bound() {
        assertThat(check.broken(hit("confirmed", 1_000), REQUEST, Source.NOT_SUPERSEDED))
                .isEmpty();
        assertThat(check.broken(hit("confirmed", 0), REQUEST, Source.NOT_SUPERSEDED))
                .isEmpty();
    }

    @Test
    void a_hit_beyond_the_bound_breaks_the_policy_even_with_the_newest_value() {
        assertThat(check.broken(hit("confirmed", 1_001), REQUEST, Source.NOT_SUPERSEDED))
                .isPresent();
        assertThat(check.broken(hit("bypassed", 1_001), REQUEST, Source.NOT_SUPERSEDED))
                .isPresent();
        assertThat(check.broken(
                        new Answer(200, "confirmed", PipelinedConnection.NEVER, "", ""),
                        REQUEST,
                        Source.NOT_SUPERSEDED))
                .isPresent();
    }

    @Test
    void a_version_is_superseded_when_the_next_one_is_acknowledged_and_not_when_it_is_committed() {
        Source source = new Source(1);
        source.commit(0);
        source.acknowledged(0, 10);
        assertThat(source.supersededNanos(0, 0)).isEqualTo(10);

        source.commit(0);
        assertThat(source.supersededNanos(0, 1)).isEqualTo(Source.NOT_SUPERSEDED);
        source.acknowledged(0, 20);
        assertThat(source.supersededNanos(0, 0)).isEqualTo(10);
        assertThat(source.supersededNanos(0, 1)).isEqualTo(20);
        assertThat(source.supersededNanos(0, 2)).isEqualTo(Source.NOT_SUPERSEDED);
    }

    @Test
    void a_source_remembers_every_version() {
        Source source = new Source(1);
        for (int version = 1; version <= 100; version++) {
            assertThat(source.commit(0)).isEqualTo(version);
            source.acknowledged(0, version);
        }
        for (int version = 0; version < 100; version++) {
            assertThat(source.supersededNanos(0, version)).isEqualTo(version + 1);
        }
    }
}

package dev.freshet.demo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AppliedChangesTest {

    private final AppliedChanges applied = new AppliedChanges();

    private static Invalidation of(String key, long changedAtMicros) {
        return new Invalidation(Selector.keys(key), changedAtMicros, changedAtMicros, OptionalLong.empty());
    }

    private void apply(long epoch, long sequence, Invalidation... invalidations) {
        applied.applied(
                "users",
                new LoggedRecord(
                        new RecordHeader(new Position(epoch, sequence), 100, false),
                        new RecordBody("r1", OptionalLong.empty(), List.of(invalidations))),
                200,
                300,
                false);
    }

    private List<String> ways() {
        return applied.report(0, "confirmed", 0, 0, 0).stream()
                .skip(1)
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
    }

    /** Their windows would be those of the outage, though nothing was stale. */
    @Test
    void whatIsAppendedAgainInOtherRecordsIsNoNewChange() {
        Invalidation one = of("user:1", 10);
        Invalidation two = of("user:2", 20);
        apply(1, 1, one, two);
        apply(2, 1, two);
        apply(2, 2, one, of("user:3", 30));
        apply(2, 3, of("user:2", 40));

        assertThat(ways()).containsExactly("live", "again", "again", "live");
    }
}

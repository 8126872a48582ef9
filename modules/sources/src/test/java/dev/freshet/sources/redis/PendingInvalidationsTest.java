package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Selector;
import dev.freshet.sources.rules.Invalidated;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PendingInvalidationsTest {

    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATE = EARLY.plusSeconds(9);

    private final PendingInvalidations pending = new PendingInvalidations(5);

    private boolean add(String region, Instant at, Selector... selectors) {
        return pending.add(new Invalidated(region, List.of(selectors), null), at);
    }

    private PendingInvalidations.Taken takeOne(int most) throws InterruptedException {
        List<PendingInvalidations.Taken> taken = pending.take(most, 0);
        assertThat(taken).hasSize(1);
        return taken.get(0);
    }

    @Test
    void whatIsHeardTwiceGoesOnceWithTheEarliestTime() throws InterruptedException {
        add("products", LATE, Selector.keys("a"));
        add("products", EARLY, Selector.keys("a", "b"), Selector.tags("t"));
        PendingInvalidations.Taken taken = takeOne(10);
        assertThat(taken.change().selectors()).containsExactly(Selector.keys("a", "b"), Selector.tags("t"));
        assertThat(taken.change().changedAt()).isEqualTo(EARLY);
        assertThat(taken.change().forced()).isTrue();
        assertThat(taken.names()).isEqualTo(3);
        assertThat(pending.take(10, 0)).isEmpty();
    }

    @Test
    void aPartIsTakenAndTheRestStays() throws InterruptedException {
        add("products", EARLY, Selector.keys("a", "b", "c"), Selector.prefixes("p"));
        assertThat(takeOne(2).change().selectors()).containsExactly(Selector.keys("a", "b"));
        assertThat(pending.size()).isEqualTo(2);
        assertThat(takeOne(2).change().selectors()).containsExactly(Selector.keys("c"), Selector.prefixes("p"));
        assertThat(pending.size()).isZero();
    }

    @Test
    void tooMuchOfARegionIsAllOfItAndTheOtherRegionsStayAsTheyAre() throws InterruptedException {
        add("other", EARLY, Selector.keys("x"));
        assertThat(add("products", EARLY, Selector.keys("a", "b", "c", "d", "e")))
                .isFalse();
        assertThat(add("products", LATE, Selector.keys("f"))).isTrue();
        assertThat(add("products", LATE, Selector.keys("g"))).isFalse();
        assertThat(pending.take(10, 0))
                .extracting(taken -> taken.region() + " " + taken.change().selectors())
                .containsExactly("other " + List.of(Selector.keys("x")), "products " + List.of(Selector.all()));
    }

    @Test
    void whatIsGivenBackGoesAgainAndWhatCameMeanwhileWithIt() throws InterruptedException {
        add("products", EARLY, Selector.keys("a", "b", "c"));
        PendingInvalidations.Taken taken = takeOne(10);
        add("products", LATE, Selector.keys("d"));
        assertThat(pending.giveBack(taken)).isFalse();
        PendingInvalidations.Taken again = takeOne(10);
        assertThat(again.change().selectors()).containsExactly(Selector.keys("d", "a", "b", "c"));
        assertThat(again.change().changedAt()).isEqualTo(EARLY);
        add("products", LATE, Selector.keys("x", "y", "z"));
        assertThat(pending.giveBack(again)).isTrue();
        assertThat(takeOne(10).change().selectors()).containsExactly(Selector.all());
    }

    @Test
    void aWaitEndsWhenWoken() throws InterruptedException {
        pending.wake();
        assertThat(pending.take(1, 60_000)).isEmpty();
    }
}

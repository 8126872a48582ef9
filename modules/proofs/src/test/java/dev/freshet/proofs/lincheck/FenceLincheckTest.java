package dev.freshet.proofs.lincheck;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two leases of one key, stored against invalidations of every kind, reads and sweeps. */
@Tag("ci")
public class FenceLincheckTest extends TwoLeases {

    public FenceLincheckTest() {
        super(builder(), cache -> {});
    }

    /**
     * The scenarios in which a simpler protocol lets something come back: before; the threads, side by side; after. Random
     * ones, by which they were found, need minutes to meet them.
     */
    private static final List<String[]> SCENARIOS = List.of(
            new String[] {"", "storeFirst | invalidateKey", "read"},
            new String[] {"", "storeFirst | invalidateTag", "read"},
            new String[] {"", "storeFirst | invalidatePrefix", "read"},
            new String[] {"", "storeFirst | clear", "read"},
            new String[] {"", "storeFirst | reset", "read"},
            new String[] {"", "storeFirst | invalidateTag sweep", "read"},
            new String[] {"invalidateTag", "storeFirst | sweep", "read"},
            new String[] {"storeFirst", "read | invalidateTag", "read"},
            new String[] {"storeFirst invalidateTag", "read | sweep", "read"},
            new String[] {"storeFirst invalidatePrefix", "read | clear", "read"},
            new String[] {"storeFirst", "leaseSecond storeSecond | invalidateKey", "read"},
            new String[] {"", "leaseSecond storeSecond | invalidateTag", "storeFirst read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | invalidateTag", "read"},
            new String[] {"invalidateAnotherTag", "storeFirst | invalidateTag sweep", "read"},
            new String[] {"invalidateAnotherTag", "invalidateTag | storeFirst leaseSecond storeSecond", "read"});

    private static final List<String> INVALIDATIONS =
            List.of("invalidateKey", "invalidateTag", "invalidatePrefix", "clear", "reset");

    /** A store against every two of the invalidations: one after the other in either order, and side by side. */
    private static Stream<String[]> pairs() {
        Stream.Builder<String[]> pairs = Stream.builder();
        for (String one : INVALIDATIONS) {
            for (String other : INVALIDATIONS) {
                pairs.add(new String[] {"", "storeFirst | " + one + " " + other, "read"});
                if (one.compareTo(other) <= 0) {
                    pairs.add(new String[] {"storeFirst", "leaseSecond storeSecond | " + one + " | " + other, "read"});
                }
            }
        }
        return pairs.build();
    }

    /** A reader of an entry against every invalidation and a sweep. */
    private static Stream<String[]> sweeps() {
        return INVALIDATIONS.stream().map(one -> new String[] {"storeFirst", "read | " + one + " sweep", "read"});
    }

    /** Enough for every switch of threads at one point; more would cost minutes. */
    private static final int INVOCATIONS = 200;

    /** There are forty of these, and each single invalidation is above. */
    private static final int INVOCATIONS_OF_PAIRS = 50;

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        LincheckScenarios.check(
                FenceLincheckTest.class,
                Specification.class,
                INVOCATIONS,
                Stream.concat(SCENARIOS.stream(), sweeps()).toList());
    }

    @Test
    @Tag("nightly")
    void soDoesAStoreAgainstEveryTwoInvalidations() {
        LincheckScenarios.check(FenceLincheckTest.class, Specification.class, INVOCATIONS_OF_PAIRS, pairs().toList());
    }
}

package dev.freshet.proofs.lincheck;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.cache.UnconfirmedPolicy;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Resets that are spread, by a clock that stands still, so that what a reset spares stays: the value outlives the reset, the
 * leases do not, and every other invalidation evicts it as ever.
 */
@Tag("ci")
public class SpreadLincheckTest extends TwoLeases {

    private static final RedisTime REDIS_TIME = new RedisTime() {
        @Override
        public long nowMicros() {
            return 0;
        }

        @Override
        public OptionalLong errorMicros() {
            return OptionalLong.empty();
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return 0;
        }
    };

    /** As ever, but a reset evicts nothing. */
    public static class Specification extends TwoLeases.Specification {
        @Override
        public void reset() {
            refuseLoads();
        }
    }

    public SpreadLincheckTest() {
        super(
                builder()
                        .unconfirmed(UnconfirmedPolicy.SERVE, Duration.ofHours(1))
                        .resetSpread(Duration.ofHours(1)),
                cache -> {
                    Confirmation confirmation = new Confirmation(STANDING_STILL);
                    cache.attached(confirmation, REDIS_TIME);
                    confirmation.confirm(0, 0, 0);
                });
    }

    private static final List<String[]> SCENARIOS = List.of(
            new String[] {"", "storeFirst | reset", "read"},
            new String[] {"storeFirst reset", "read | invalidateKey", "read"},
            new String[] {"storeFirst", "read | invalidateTag reset", "read"},
            new String[] {"storeFirst", "read | clear | reset", "read"},
            new String[] {"storeFirst reset", "leaseSecond storeSecond | invalidateTag", "read"});

    /** The same promises, with other invalidations and orders. */
    private static final List<String[]> MORE_SCENARIOS = List.of(
            new String[] {"storeFirst", "leaseSecond storeSecond | reset", "read"},
            new String[] {"storeFirst reset", "read | invalidateTag", "read"},
            new String[] {"storeFirst reset", "read | invalidateTag sweep", "read"},
            new String[] {"storeFirst reset", "read | clear", "read"},
            new String[] {"storeFirst", "read | reset invalidateTag", "read"},
            new String[] {"storeFirst", "read | invalidateTag | reset", "read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | reset sweep", "read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | reset | sweep", "read"},
            new String[] {"storeFirst invalidateTag", "read | reset | sweep", "read"},
            new String[] {"storeFirst reset", "leaseSecond storeSecond | reset invalidateAnotherTag sweep", "read"});

    /** Enough for every switch of threads at one point. */
    private static final int INVOCATIONS = 200;

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        LincheckScenarios.check(SpreadLincheckTest.class, Specification.class, INVOCATIONS, SCENARIOS);
    }

    @Test
    @Tag("nightly")
    void soDoesEveryInterleavingOfMoreScenarios() {
        LincheckScenarios.check(SpreadLincheckTest.class, Specification.class, INVOCATIONS, MORE_SCENARIOS);
    }
}

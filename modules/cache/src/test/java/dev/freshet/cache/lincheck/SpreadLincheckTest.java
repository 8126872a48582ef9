package dev.freshet.cache.lincheck;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.cache.OneStripe;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Resets that are spread, by a clock that stands still, so that what a reset spares stays: the value outlives the reset, the
 * leases do not, and every other invalidation evicts it as ever.
 */
@Tag("ci")
public class SpreadLincheckTest {

    private static final String KEY = "user:1";
    private static final StoreOptions TAGGED = StoreOptions.none().tags("team:7");

    private static final TimeSource STANDING_STILL = new TimeSource() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long wallMicros() {
            return 0;
        }
    };

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

    /** What the cache must look like to its users. */
    public static class Specification {
        private @Nullable String value;
        private boolean firstIsLive = true;
        private boolean secondIsLive;

        public boolean storeFirst() {
            boolean stored = firstIsLive;
            firstIsLive = false;
            value = stored ? "first" : value;
            return stored;
        }

        public void leaseSecond() {
            secondIsLive = true;
        }

        public boolean storeSecond() {
            boolean stored = secondIsLive;
            secondIsLive = false;
            value = stored ? "second" : value;
            return stored;
        }

        public @Nullable String read() {
            return value;
        }

        public void invalidateKey() {
            value = null;
            reset();
        }

        public void invalidateTag() {
            invalidateKey();
        }

        public void invalidateAnotherTag() {}

        public void clear() {
            invalidateKey();
        }

        public void reset() {
            firstIsLive = false;
            secondIsLive = false;
        }

        public void sweep() {}
    }

    private final RegionCache<String> cache = OneStripe.of(RegionCache.<String>builder("users"))
            .maximumEntries(100)
            .unconfirmed(UnconfirmedPolicy.SERVE, Duration.ofHours(1))
            .resetSpread(Duration.ofHours(1))
            .time(STANDING_STILL)
            .sweptByOwner()
            .build();

    private final Lease first;
    private @Nullable Lease second;

    public SpreadLincheckTest() {
        Confirmation confirmation = new Confirmation(STANDING_STILL);
        cache.attached(confirmation, REDIS_TIME);
        confirmation.confirm(0, 0, 0);
        first = cache.lease(KEY);
    }

    @Operation
    public boolean storeFirst() {
        return cache.store(first, "first", TAGGED).isStored();
    }

    @Operation(nonParallelGroup = "second")
    public void leaseSecond() {
        second = cache.lease(KEY);
    }

    @Operation(nonParallelGroup = "second")
    public boolean storeSecond() {
        return second != null && cache.store(second, "second", TAGGED).isStored();
    }

    @Operation
    public @Nullable String read() {
        return cache.getIfPresent(KEY);
    }

    @Operation
    public void invalidateKey() {
        cache.invalidate(KEY);
    }

    @Operation
    public void invalidateTag() {
        cache.invalidate(Selector.tags("team:7"));
    }

    @Operation
    public void invalidateAnotherTag() {
        cache.invalidate(Selector.tags("team:8"));
    }

    @Operation
    public void clear() {
        cache.clear();
    }

    @Operation
    public void reset() {
        cache.reset(ResetReason.EPOCH);
    }

    @Operation
    public void sweep() {
        cache.sweep();
    }

    private static final List<String[]> SCENARIOS = List.of(
            new String[] {"", "storeFirst | reset", "read"},
            new String[] {"storeFirst", "leaseSecond storeSecond | reset", "read"},
            new String[] {"storeFirst reset", "read | invalidateKey", "read"},
            new String[] {"storeFirst reset", "read | invalidateTag", "read"},
            new String[] {"storeFirst reset", "read | invalidateTag sweep", "read"},
            new String[] {"storeFirst reset", "read | clear", "read"},
            new String[] {"storeFirst", "read | invalidateTag reset", "read"},
            new String[] {"storeFirst", "read | reset invalidateTag", "read"},
            new String[] {"storeFirst", "read | invalidateTag | reset", "read"},
            new String[] {"storeFirst", "read | clear | reset", "read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | reset sweep", "read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | reset | sweep", "read"},
            new String[] {"storeFirst invalidateTag", "read | reset | sweep", "read"},
            new String[] {"storeFirst reset", "leaseSecond storeSecond | reset invalidateAnotherTag sweep", "read"},
            new String[] {"storeFirst reset", "leaseSecond storeSecond | invalidateTag", "read"});

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        LincheckScenarios.check(SpreadLincheckTest.class, Specification.class, 200, SCENARIOS);
    }
}

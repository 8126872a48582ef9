package dev.freshet.cache.lincheck;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.OneStripe;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A lease since a mark, and a store under it, against invalidations of every kind. */
@Tag("ci")
public class MarkLincheckTest {

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

    /** What was invalidated since the mark is refused, whenever the lease was handed out. */
    public static class Specification {
        private @Nullable String value;
        private boolean isMarkGood = true;
        private boolean isLeased;

        public void mark() {
            isMarkGood = true;
            isLeased = false;
        }

        public void lease() {
            isLeased = true;
        }

        public boolean store() {
            boolean isStored = isLeased && isMarkGood;
            isLeased = false;
            value = isStored ? "loaded" : value;
            return isStored;
        }

        public @Nullable String read() {
            return value;
        }

        public void invalidateKey() {
            value = null;
            isMarkGood = false;
        }

        public void invalidateTag() {
            invalidateKey();
        }

        public void invalidatePrefix() {
            invalidateKey();
        }

        public void clear() {
            invalidateKey();
        }

        public void reset() {
            invalidateKey();
        }
    }

    private final RegionCache<String> cache = OneStripe.of(RegionCache.<String>builder("users"))
            .maximumEntries(100)
            .time(STANDING_STILL)
            .sweptByOwner()
            .build();

    private Mark mark = cache.mark();
    private @Nullable Lease lease;

    @Operation(nonParallelGroup = "transaction")
    public void mark() {
        mark = cache.mark();
        lease = null;
    }

    @Operation(nonParallelGroup = "transaction")
    public void lease() {
        lease = cache.lease(KEY, mark);
    }

    @Operation(nonParallelGroup = "transaction")
    public boolean store() {
        Lease leased = lease;
        lease = null;
        return leased != null && cache.store(leased, "loaded", TAGGED).isStored();
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
    public void invalidatePrefix() {
        cache.invalidate(Selector.prefixes("user:"));
    }

    @Operation
    public void clear() {
        cache.clear();
    }

    @Operation
    public void reset() {
        cache.reset(ResetReason.EPOCH);
    }

    private static Stream<String[]> scenarios() {
        return Stream.of("invalidateKey", "invalidateTag", "invalidatePrefix", "clear", "reset")
                .flatMap(one -> Stream.of(
                        new String[] {"", "lease store | " + one, "read"},
                        new String[] {one, "mark lease store | " + one, "read"},
                        new String[] {"", "lease store | " + one + " invalidateKey", "read"}));
    }

    /** Enough for every switch of threads at one point. */
    private static final int INVOCATIONS = 200;

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        List<String[]> scenarios = scenarios().toList();
        LincheckScenarios.check(MarkLincheckTest.class, Specification.class, INVOCATIONS, scenarios);
    }
}

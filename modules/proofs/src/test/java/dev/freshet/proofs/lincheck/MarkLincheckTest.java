package dev.freshet.proofs.lincheck;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import java.util.List;
import java.util.function.Function;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A lease since a mark, and a store under it, against invalidations of every kind. */
@Tag("ci")
public class MarkLincheckTest extends CachedKey {

    /** What was invalidated since the mark is refused, whenever the lease was handed out. */
    public static class Specification extends CachedKey.Specification {
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

        @Override
        void refuseLoads() {
            isMarkGood = false;
        }
    }

    public MarkLincheckTest() {
        super(builder());
    }

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

    private static final List<String> INVALIDATIONS =
            List.of("invalidateKey", "invalidateTag", "invalidatePrefix", "clear", "reset");

    /** Enough for every switch of threads at one point. */
    private static final int INVOCATIONS = 200;

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        check(one -> new String[] {"", "lease store | " + one, "read"});
    }

    /** The longest scenarios. */
    @Test
    @Tag("nightly")
    void soDoesEveryInterleavingWithTwoMarksOrTwoInvalidations() {
        check(one -> new String[] {one, "mark lease store | " + one, "read"});
        check(one -> new String[] {"", "lease store | " + one + " invalidateKey", "read"});
    }

    private static void check(Function<String, String[]> scenario) {
        LincheckScenarios.check(
                MarkLincheckTest.class,
                Specification.class,
                INVOCATIONS,
                INVALIDATIONS.stream().map(scenario).toList());
    }
}

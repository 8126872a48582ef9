package dev.freshet.spring;

import java.lang.ref.Cleaner;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/** Lets results that come later hold their invocation. */
final class LateResults {

    static final boolean HAS_REACTOR =
            ClassUtils.isPresent("reactor.core.publisher.Flux", LateResults.class.getClassLoader());

    private final @Nullable PublisherResults publishers = HAS_REACTOR ? new PublisherResults(this) : null;

    /** Begun with the first late result: its thread ends with the last. Guarded by this. */
    private @Nullable Cleaner cleaner;

    /** Returns what the caching infrastructure gets of the method. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is the method's result, which the caller gets
    Object heldByMethod(Object result, Invocation invocation) {
        if (result instanceof CompletableFuture<?> future) {
            Guard guard = guard(invocation);
            return Invocation.following(future, guard::letGo);
        }
        return publishers == null ? result : publishers.held(result, invocation);
    }

    /** Returns what the caller gets. */
    Object heldByCaller(Object answer, Invocation invocation) {
        return publishers == null ? answer : publishers.held(answer, invocation);
    }

    /** Holds an invocation until it is let go, or until nobody refers to it any more. */
    Guard guard(Invocation invocation) {
        Invocation.Holder holder = invocation.hold();
        Guard guard = new Guard(holder);
        cleaner().register(guard, holder);
        return guard;
    }

    private synchronized Cleaner cleaner() {
        if (cleaner == null) {
            cleaner = Cleaner.create();
        }
        return cleaner;
    }

    /** What a late result refers to for as long as it may still come. */
    static final class Guard {
        private final Invocation.Holder holder;

        private Guard(Invocation.Holder holder) {
            this.holder = holder;
        }

        void letGo() {
            holder.run();
        }
    }
}

package dev.freshet.spring;

import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Mono;

/** Each way in which a method that returns a publisher evicts. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum ReactiveAccountWrite {
    EVICT(false, ReactiveAccounts::rename),
    EVICT_OF_MANY(false, (accounts, id, name) -> accounts.renameOfMany(id, name).then()),
    EVICT_BEFORE(true, ReactiveAccounts::renameEvictingBefore),
    EVICT_ALL(false, ReactiveAccounts::renameEvictingAll),
    EVICT_ALL_BEFORE(true, ReactiveAccounts::renameEvictingAllBefore),
    EVICT_TAG(false, ReactiveAccounts::renameEvictingTag),
    EVICT_TAG_OF_MANY(false, (accounts, id, name) -> accounts.renameOfManyEvictingTag(id, name)
            .then()),
    EVICT_PREFIX(false, ReactiveAccounts::renameEvictingPrefix),
    PUT(false, (accounts, id, name) -> accounts.put(id, name).then());

    @FunctionalInterface
    private interface Renamer {
        Mono<Void> rename(ReactiveAccounts accounts, String id, String name);
    }

    private final boolean isAtOnce;
    private final Renamer renamer;

    ReactiveAccountWrite(boolean isAtOnce, Renamer renamer) {
        this.isAtOnce = isAtOnce;
        this.renamer = renamer;
    }

    /** Whether it evicts before the commit, and again after it. */
    boolean isAtOnce() {
        return isAtOnce;
    }

    static List<ReactiveAccountWrite> afterCommit() {
        return Arrays.stream(values()).filter(write -> !write.isAtOnce).toList();
    }

    Mono<Void> rename(ReactiveAccounts accounts, String id, String name) {
        return Mono.defer(() -> renamer.rename(accounts, id, name));
    }
}

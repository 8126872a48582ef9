package dev.freshet.spring;

import reactor.core.publisher.Mono;

/** Each way in which a method that returns a publisher evicts. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum ReactiveAccountWrite {
    EVICT(ReactiveAccounts::rename),
    EVICT_BEFORE(ReactiveAccounts::renameEvictingBefore),
    EVICT_ALL(ReactiveAccounts::renameEvictingAll),
    EVICT_PREFIX(ReactiveAccounts::renameEvictingPrefix),
    PUT((accounts, id, name) -> accounts.put(id, name).then());

    @FunctionalInterface
    private interface Renamer {
        Mono<Void> rename(ReactiveAccounts accounts, String id, String name);
    }

    private final Renamer renamer;

    ReactiveAccountWrite(Renamer renamer) {
        this.renamer = renamer;
    }

    Mono<Void> rename(ReactiveAccounts accounts, String id, String name) {
        return Mono.defer(() -> renamer.rename(accounts, id, name));
    }
}

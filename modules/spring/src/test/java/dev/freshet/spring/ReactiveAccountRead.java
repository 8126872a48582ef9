package dev.freshet.spring;

import reactor.core.publisher.Mono;

/** Each way in which a method that returns a publisher is cached. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum ReactiveAccountRead {
    MONO("users", ReactiveAccounts::find),
    MONO_SYNC("users", ReactiveAccounts::findSync),
    FLUX("lists", (accounts, id) -> accounts.findAll(id).collectList().map(list -> String.join(",", list))),
    FLUX_SYNC("lists", (accounts, id) -> accounts.findAllSync(id).collectList().map(list -> String.join(",", list)));

    @FunctionalInterface
    private interface Finder {
        Mono<String> find(ReactiveAccounts accounts, String id);
    }

    private final String cache;
    private final Finder finder;

    ReactiveAccountRead(String cache, Finder finder) {
        this.cache = cache;
        this.finder = finder;
    }

    String cache() {
        return cache;
    }

    Mono<String> find(ReactiveAccounts accounts, String id) {
        return Mono.defer(() -> finder.find(accounts, id));
    }
}

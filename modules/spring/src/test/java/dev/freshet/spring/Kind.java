package dev.freshet.spring;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Each way in which a method can be {@code @Cacheable}. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
enum Kind {
    BLOCKING("users", Users::find),
    BLOCKING_SYNC("users", Users::findSync),
    OPTIONAL("users", (users, id) -> users.findOptional(id).orElse(null)),
    FUTURE("users", (users, id) -> got(users.findFuture(id))),
    FUTURE_SYNC("users", (users, id) -> got(users.findFutureSync(id))),
    COMPLETED_FUTURE("users", (users, id) -> got(users.findCompletedFuture(id))),
    MONO("users", (users, id) -> got(users.findMono(id))),
    MONO_SYNC("users", (users, id) -> got(users.findMonoSync(id))),
    FLUX("lists", (users, id) -> got(users.findFlux(id))),
    FLUX_SYNC("lists", (users, id) -> got(users.findFluxSync(id)));

    @FunctionalInterface
    private interface Finder {
        @Nullable
        String find(Users users, String id);
    }

    private static final Duration LONG = Duration.ofMinutes(1);

    private final String cache;
    private final Finder finder;

    Kind(String cache, Finder finder) {
        this.cache = cache;
        this.finder = finder;
    }

    /** The cache of the method. */
    String cache() {
        return cache;
    }

    /** Calls the method, and waits for what it brings. */
    @Nullable
    String find(Users users, String id) {
        return finder.find(users, id);
    }

    private static @Nullable String got(CompletableFuture<@Nullable String> future) {
        try {
            return future.join();
        } catch (CompletionException fault) {
            throw fault.getCause() instanceof RuntimeException cause ? cause : fault;
        }
    }

    private static @Nullable String got(Mono<String> mono) {
        return mono.block(LONG);
    }

    private static @Nullable String got(Flux<String> flux) {
        List<String> all = flux.collectList().block(LONG);
        return all == null || all.isEmpty() ? null : all.get(0);
    }
}

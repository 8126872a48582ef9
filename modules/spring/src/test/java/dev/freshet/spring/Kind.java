package dev.freshet.spring;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Each way in which a method can be {@code @Cacheable}. */
enum Kind {
    BLOCKING("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return users.find(id);
        }
    },
    BLOCKING_SYNC("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return users.findSync(id);
        }
    },
    OPTIONAL("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return users.findOptional(id).orElse(null);
        }
    },
    FUTURE("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findFuture(id));
        }
    },
    FUTURE_SYNC("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findFutureSync(id));
        }
    },
    COMPLETED_FUTURE("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findCompletedFuture(id));
        }
    },
    MONO("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findMono(id));
        }
    },
    MONO_SYNC("users") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findMonoSync(id));
        }
    },
    FLUX("lists") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findFlux(id));
        }
    },
    FLUX_SYNC("lists") {
        @Override
        @Nullable
        String find(Users users, String id) {
            return got(users.findFluxSync(id));
        }
    };

    private static final Duration LONG = Duration.ofMinutes(1);

    private final String cache;

    Kind(String cache) {
        this.cache = cache;
    }

    /** The cache of the method. */
    String cache() {
        return cache;
    }

    /** Calls the method, and waits for what it brings. */
    @Nullable
    abstract String find(Users users, String id);

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

package dev.freshet.spring;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A service of an application that knows nothing of Freshet but two annotations. */
class Users {

    private final Source source;
    private final Executor threads;

    Users(Source source, Executor threads) {
        this.source = source;
        this.threads = threads;
    }

    @Cacheable("users")
    public @Nullable String find(String id) {
        return source.read(id);
    }

    @Cacheable(cacheNames = "users", sync = true)
    public @Nullable String findSync(String id) {
        return source.read(id);
    }

    @Cacheable("users")
    public Optional<String> findOptional(String id) {
        return Optional.ofNullable(source.read(id));
    }

    @Cacheable("users")
    public CompletableFuture<@Nullable String> findFuture(String id) {
        return CompletableFuture.supplyAsync(reading(id), threads);
    }

    @Cacheable(cacheNames = "users", sync = true)
    public CompletableFuture<@Nullable String> findFutureSync(String id) {
        return CompletableFuture.supplyAsync(reading(id), threads);
    }

    @Cacheable("users")
    public CompletableFuture<String> findNeverFuture(String id) {
        return new CompletableFuture<>();
    }

    /** A future that is complete when the method returns. */
    @Cacheable("users")
    public CompletableFuture<@Nullable String> findCompletedFuture(String id) {
        try {
            return CompletableFuture.completedFuture(source.read(id));
        } catch (Source.NoSuchRow fault) {
            return CompletableFuture.failedFuture(fault);
        }
    }

    @Cacheable("users")
    public Mono<String> findMono(String id) {
        return mono(id);
    }

    @Cacheable(cacheNames = "users", sync = true)
    public Mono<String> findMonoSync(String id) {
        return mono(id);
    }

    @Cacheable("users")
    public Mono<String> findNever(String id) {
        return Mono.never();
    }

    @Cacheable("lists")
    public Flux<String> findFlux(String id) {
        return mono(id).flatMapIterable(value -> List.of(value, "and more"));
    }

    @Cacheable(cacheNames = "lists", sync = true)
    public Flux<String> findFluxSync(String id) {
        return mono(id).flatMapIterable(value -> List.of(value, "and more"));
    }

    @Cacheable(cacheNames = "users", unless = "#result == 'secret'")
    public @Nullable String findUnless(String id) {
        return source.read(id);
    }

    @Cacheable("users")
    @FreshetTags("team:#{#result.substring(0, 1)}")
    public @Nullable String findTagged(String id) {
        return source.read(id);
    }

    @Cacheable(cacheNames = "users", sync = true)
    @FreshetTags("team:#{#result.substring(0, 1)}")
    public @Nullable String findTaggedSync(String id) {
        return source.read(id);
    }

    @Cacheable(cacheNames = {"users", "lists"})
    public @Nullable String findInBoth(String id) {
        return source.read(id);
    }

    @FreshetEvict(cacheNames = "users", tags = "team:#{#team}")
    public void evictTeam(String team) {}

    @FreshetEvict(cacheNames = "users", prefixes = "#{#prefix}:", condition = "#prefix != 'none'")
    public void evictPrefix(String prefix) {}

    /** The condition holds without a result too. */
    @FreshetEvict(cacheNames = "users", prefixes = "#{#id}", condition = "#result == null or #result == 'done'")
    public CompletableFuture<String> evictPrefixFuture(String id, CompletableFuture<String> when) {
        return when;
    }

    @FreshetEvict(cacheNames = "users", prefixes = "#{#id}", condition = "#result == 'done'")
    public Mono<String> evictPrefixMono(String id, CompletableFuture<String> when) {
        return Mono.fromFuture(when);
    }

    @FreshetEvict(cacheNames = "users", prefixes = "#{#id}", condition = "#result == {'done', 'and more'}")
    public Flux<String> evictPrefixFlux(String id, CompletableFuture<String> when) {
        return Mono.fromFuture(when).flatMapIterable(value -> List.of(value, "and more"));
    }

    @CacheEvict("users")
    public void evict(String id) {}

    @CacheEvict(cacheNames = "users", allEntries = true)
    public void evictAll() {}

    @CacheEvict(cacheNames = "users", allEntries = true, beforeInvocation = true)
    public void evictAllBefore(Runnable meanwhile) {
        meanwhile.run();
    }

    @CacheEvict(cacheNames = "users", key = "#id", beforeInvocation = true)
    public void evictBefore(String id, Runnable meanwhile) {
        meanwhile.run();
    }

    @CacheEvict(cacheNames = "users", key = "#id")
    public CompletableFuture<Void> evictLater(String id, CompletableFuture<Void> when) {
        return when;
    }

    @CachePut(cacheNames = "users", key = "#id")
    public String update(String id, String value) {
        source.write(id, value);
        return value;
    }

    @CachePut(cacheNames = "written", key = "#id")
    @FreshetTags("team:#{#result.substring(0, 1)}")
    public String updateThrough(String id, String value, Runnable meanwhile) {
        source.write(id, value);
        meanwhile.run();
        return value;
    }

    @CachePut(cacheNames = "written", key = "#id")
    public @Nullable String deleteThrough(String id) {
        source.delete(id);
        return null;
    }

    @Cacheable("written")
    public @Nullable String findWritten(String id) {
        return source.read(id);
    }

    private Mono<String> mono(String id) {
        return Mono.fromCallable(() -> source.read(id)).subscribeOn(Schedulers.fromExecutor(threads));
    }

    private Supplier<@Nullable String> reading(String id) {
        return () -> source.read(id);
    }
}

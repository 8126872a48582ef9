package dev.freshet.spring;

import java.util.function.Supplier;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A service over a table, whose methods run within whatever reactive transaction their subscriber has. */
class ReactiveAccounts {

    private final DatabaseClient database;

    ReactiveAccounts(DatabaseClient database) {
        this.database = database;
    }

    @Cacheable("users")
    @FreshetTags("of:#{#id}")
    public Mono<String> find(String id) {
        return read(id);
    }

    @Cacheable(cacheNames = "users", sync = true)
    @FreshetTags("of:#{#id}")
    public Mono<String> findSync(String id) {
        return read(id);
    }

    @Cacheable("lists")
    @FreshetTags("of:#{#id}")
    public Flux<String> findAll(String id) {
        return read(id).flux();
    }

    @Cacheable(cacheNames = "lists", sync = true)
    @FreshetTags("of:#{#id}")
    public Flux<String> findAllSync(String id) {
        return read(id).flux();
    }

    @Cacheable(cacheNames = "lists", key = "#id")
    public Flux<String> findAllThen(String id, Mono<Void> then) {
        return read(id).delayUntil(read -> then).flux();
    }

    @Cacheable("written")
    public Mono<String> findWritten(String id) {
        return read(id);
    }

    @Cacheable(cacheNames = "users", key = "#id")
    public Mono<String> findThen(String id, Mono<Void> then) {
        return read(id).delayUntil(read -> then);
    }

    /** Reads, without the cache. */
    public Mono<String> read(String id) {
        return database.sql("SELECT name FROM account WHERE id = $1")
                .bind(0, id)
                .map(row -> row.get(0, String.class))
                .one();
    }

    /** Writes, and tells no cache. */
    public Mono<Void> write(String id, String name) {
        return database.sql("INSERT INTO account (id, name) VALUES ($1, $2)"
                        + " ON CONFLICT (id) DO UPDATE SET name = excluded.name")
                .bind(0, id)
                .bind(1, name)
                .then();
    }

    @CacheEvict(
            cacheNames = {"users", "lists"},
            key = "#id")
    public Mono<Void> rename(String id, String name) {
        return write(id, name);
    }

    @CacheEvict(
            cacheNames = {"users", "lists"},
            key = "#id",
            beforeInvocation = true)
    public Mono<Void> renameEvictingBefore(String id, String name) {
        return write(id, name);
    }

    @CacheEvict(cacheNames = "users", key = "#id", beforeInvocation = true)
    public Mono<String> evictBefore(String id, Supplier<Mono<String>> method) {
        return method.get();
    }

    @CacheEvict(cacheNames = "users", key = "#id")
    public Mono<String> evictAfter(String id, Supplier<Mono<String>> method) {
        return method.get();
    }

    @CacheEvict(
            cacheNames = {"users", "lists"},
            allEntries = true)
    public Mono<Void> renameEvictingAll(String id, String name) {
        return write(id, name);
    }

    @CacheEvict(
            cacheNames = {"users", "lists"},
            allEntries = true,
            beforeInvocation = true)
    public Mono<Void> renameEvictingAllBefore(String id, String name) {
        return write(id, name);
    }

    /** Spring 6.2 ends it after its first element. */
    @CacheEvict(
            cacheNames = {"users", "lists"},
            key = "#id")
    public Flux<String> renameOfMany(String id, String name) {
        return write(id, name).thenReturn(name).flux();
    }

    @FreshetEvict(
            cacheNames = {"users", "lists"},
            tags = "of:#{#id}")
    public Mono<Void> renameEvictingTag(String id, String name) {
        return write(id, name);
    }

    @FreshetEvict(
            cacheNames = {"users", "lists"},
            tags = "of:#{#id}")
    public Flux<String> renameOfManyEvictingTag(String id, String name) {
        return write(id, name).thenReturn(name).flux();
    }

    @FreshetEvict(
            cacheNames = {"users", "lists"},
            prefixes = "#{#id}")
    public Mono<Void> renameEvictingPrefix(String id, String name) {
        return write(id, name);
    }

    @CachePut(
            cacheNames = {"users", "lists"},
            key = "#id")
    public Mono<String> put(String id, String name) {
        return write(id, name).thenReturn(name);
    }

    @CachePut(cacheNames = "written", key = "#id")
    @FreshetTags("#{#result.substring(0, 1)}")
    public Mono<String> putThrough(String id, String name) {
        return write(id, name).thenReturn(name);
    }
}

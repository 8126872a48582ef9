package dev.freshet.spring;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.jdbc.core.JdbcTemplate;

/** A service over a table, whose methods run within whatever transaction their caller has. */
class Accounts {

    private final JdbcTemplate database;
    private final CacheManager caches;

    Accounts(JdbcTemplate database, CacheManager caches) {
        this.database = database;
        this.caches = caches;
    }

    @Cacheable("users")
    @FreshetTags("of:#{#id}")
    public @Nullable String find(String id) {
        return read(id);
    }

    @Cacheable(cacheNames = "users", sync = true)
    @FreshetTags("of:#{#id}")
    public @Nullable String findSync(String id) {
        return read(id);
    }

    @Cacheable("users")
    @FreshetTags("of:#{#id}")
    public CompletableFuture<@Nullable String> findFuture(String id) {
        return CompletableFuture.completedFuture(read(id));
    }

    @Cacheable(cacheNames = "users", sync = true)
    @FreshetTags("of:#{#id}")
    public CompletableFuture<@Nullable String> findFutureSync(String id) {
        return CompletableFuture.completedFuture(read(id));
    }

    @Cacheable("written")
    public @Nullable String findWritten(String id) {
        return read(id);
    }

    /** Reads, without the cache. */
    public @Nullable String read(String id) {
        return database.queryForList("SELECT name FROM account WHERE id = ?", String.class, id).stream()
                .findFirst()
                .orElse(null);
    }

    /** Writes, and tells no cache. */
    public void write(String id, String name) {
        database.update(
                "INSERT INTO account (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                id,
                name);
    }

    @CacheEvict(cacheNames = "users", key = "#id")
    public void rename(String id, String name) {
        write(id, name);
    }

    @CacheEvict(cacheNames = "users", key = "#id", beforeInvocation = true)
    public void renameEvictingBefore(String id, String name) {
        write(id, name);
    }

    @CacheEvict(cacheNames = "users", allEntries = true)
    public void renameEvictingAll(String id, String name) {
        write(id, name);
    }

    @CacheEvict(cacheNames = "users", allEntries = true, beforeInvocation = true)
    public void renameEvictingAllBefore(String id, String name) {
        write(id, name);
    }

    @FreshetEvict(cacheNames = "users", tags = "of:#{#id}")
    public void renameEvictingTag(String id, String name) {
        write(id, name);
    }

    @FreshetEvict(cacheNames = "users", prefixes = "#{#id}")
    public void renameEvictingPrefix(String id, String name) {
        write(id, name);
    }

    /** Evicts without an annotation. */
    public void renameEvictingByHand(String id, String name) {
        write(id, name);
        Objects.requireNonNull(caches.getCache("users")).evict(id);
    }

    /** Evicts at once, without an annotation. */
    public void renameEvictingByHandAtOnce(String id, String name) {
        Objects.requireNonNull(caches.getCache("users")).evictIfPresent(id);
        write(id, name);
    }

    /** Evicts all at once, without an annotation. */
    public void renameEvictingAllByHandAtOnce(String id, String name) {
        Objects.requireNonNull(caches.getCache("users")).invalidate();
        write(id, name);
    }

    /** Evicts when the work is done, such as that of a transaction that the method begins. */
    @CacheEvict(cacheNames = "users", key = "#id")
    public void evictAfter(String id, Runnable work) {
        work.run();
    }

    @CacheEvict(cacheNames = "users", key = "#id", beforeInvocation = true)
    public void evictBefore(String id, Runnable work) {
        work.run();
    }

    @FreshetEvict(cacheNames = "users", tags = "#{#tag}")
    public void evictTagged(String tag) {}

    @CachePut(cacheNames = "users", key = "#id")
    public String put(String id, String name) {
        write(id, name);
        return name;
    }

    @CachePut(cacheNames = "written", key = "#id")
    public String putThrough(String id, String name) {
        write(id, name);
        return name;
    }
}

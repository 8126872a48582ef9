package dev.freshet;

import dev.freshet.bus.Publisher;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A process's part in keeping caches coherent: one set of connections and threads for any number of {@linkplain #region regions}.
 *
 * <pre>{@code
 * try (Freshet freshet = Freshet.connect("redis://127.0.0.1:6379")) {
 *     Region<User> users = freshet.region("users", RegionOptions.maximumEntries(100_000));
 *     User user = users.get("user:1", (key, load) -> database.find(key));
 *
 *     database.update(user);                   // commit first
 *     users.invalidate("user:1");              // every replica evicts it; evicted here at the return
 * }
 * }</pre>
 *
 * <p>Connect once per process. Safe to use from any thread. Arguments must not be null unless said. Made by {@link #connect}; not
 * meant to be implemented elsewhere.
 */
public interface Freshet extends AutoCloseable {

    /**
     * Connects with the defaults of {@link FreshetConfig#of(String)}.
     *
     * @param uri where Redis is, such as {@code redis://127.0.0.1:6379}; see {@link dev.freshet.bus.RedisConfig#uri()}
     * @throws IllegalArgumentException if it is not an address of Redis; the message does not quote a password
     */
    static Freshet connect(String uri) {
        return connect(FreshetConfig.of(uri));
    }

    /**
     * Connects in the background, and returns at once. It does not fail if Redis is unavailable: regions load and cache, count as not
     * confirmed, and invalidations are treated as {@link FreshetConfig#onFailure} says.
     */
    static Freshet connect(FreshetConfig config) {
        return FreshetClient.start(config);
    }

    /**
     * Opens a region: a cache in this process that hears all replicas' invalidations. Returns at once. The region may be used at once.
     * What it caches before it has joined is dropped when it joins; see {@link #ready}.
     *
     * @param name the region's name in all processes; {@code [a-z0-9][a-z0-9._-]{0,63}}
     * @throws IllegalArgumentException if the name is not valid, or the options do not fit each other
     * @throws IllegalStateException if the region is open in this client already, or if this client is closed
     */
    <V> Region<V> region(String name, RegionOptions<V> options);

    /**
     * Waits until every region that is open now has joined and is confirmed: from then on, it hears every invalidation.
     *
     * @return completes then, at once if no region is open; exceptionally with an {@link IllegalStateException} if one of them is
     *     closed before. While Redis cannot be reached it does not complete: give it a limit of your own
     */
    CompletableFuture<Void> ready();

    /** Returns the regions that are open now, in the order of their names. The list does not change. */
    List<Region<?>> regions();

    /** Returns the publisher that all regions share, for regions that this process does not cache. It is closed with this client. */
    Publisher publisher();

    /**
     * Returns what somebody must mend, in this process' configuration or in Redis', before everything works: credentials, rights, a
     * renamed command, TLS, a file that cannot be read, a library that does not fit. It is a sentence without secrets; null if there is
     * nothing. Never blocks.
     */
    @Nullable
    String misconfiguration();

    /**
     * Returns why a region is not confirmed at the moment, in a sentence without secrets: a {@link #misconfiguration}, or what came of
     * the last attempt to reach Redis. Null if there is nothing. Never blocks.
     */
    @Nullable
    String trouble();

    /** Returns counts of all regions' invalidations, and of the queue of those that Redis did not acknowledge. */
    FreshetStats stats();

    /**
     * Publishes what waits in the queue, closes all regions, and disconnects. Blocks: at most {@link FreshetConfig#closeTimeout} for the
     * queue, and the command timeout of Redis for each connection. What the queue still holds is lost: it is logged and counted.
     *
     * <p>Loads in flight go on, and their callers get what they load; nothing is stored. Closing again does nothing.
     */
    @Override
    void close();
}

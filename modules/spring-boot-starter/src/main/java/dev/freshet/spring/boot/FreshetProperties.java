package dev.freshet.spring.boot;

import dev.freshet.OnFailure;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.spring.EvictionFailure;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties that begin with {@code freshet}. An unknown one ends the start, unless it comes from the environment.
 *
 * @param enabled Whether Freshet is used at all.
 * @param name Name of this process in records and members' rows. Default: the host and the process id.
 * @param redis Where Redis is.
 * @param heartbeat Interval at which a confirmation is asked for.
 * @param timeout How long an invalidation waits at most until it is in the log and applied here.
 * @param onFailure What becomes of an invalidation that Redis does not acknowledge in that time: it waits in a queue, or the caller
 *     gets an exception.
 * @param queueMaximumChanges At most this many changes wait to be repeated.
 * @param closeTimeout How long a shutdown tries to publish what waits.
 * @param log Bounds of each region's log.
 * @param broad Bounds of changes of tags, prefixes or whole caches.
 * @param evictionFailure What becomes of an eviction after a commit that is refused: it is logged and counted, or the caller of the
 *     transaction gets an exception as well.
 * @param defaults What caches are like that say nothing else.
 * @param caches Caches by name, which are opened at the start. Others are opened when they are first used, unless
 *     spring.cache.cache-names names all.
 */
@ConfigurationProperties(prefix = "freshet", ignoreUnknownFields = false)
public record FreshetProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String name,
        @DefaultValue Redis redis,
        @DefaultValue("500ms") Duration heartbeat,
        @DefaultValue("2s") Duration timeout,
        @DefaultValue("queue") OnFailure onFailure,
        @DefaultValue("10000") int queueMaximumChanges,
        @DefaultValue("2s") Duration closeTimeout,
        @DefaultValue Log log,
        @DefaultValue Broad broad,
        @DefaultValue("log") EvictionFailure evictionFailure,
        @DefaultValue CacheSettings defaults,
        @DefaultValue Map<String, CacheSettings> caches) {

    /**
     * Where Redis is, and how to get in.
     *
     * @param uri Address of Redis: redis://, rediss://, redis-sentinel:// or redis-cluster://. Default: what spring.data.redis says,
     *     else redis://127.0.0.1:6379.
     * @param namespace Begins the names of all keys and channels. The same in all processes of one deployment.
     * @param username User of Redis, instead of that in the address.
     * @param password Password of Redis, instead of that in the address.
     * @param passwordFile File with the password, read again for each connection.
     * @param connectTimeout For one attempt to connect.
     * @param commandTimeout For the answer to one command.
     * @param tls How connections are encrypted.
     * @param sentinel How to get in at Sentinels.
     */
    public record Redis(
            @Nullable String uri,
            @DefaultValue("freshet") String namespace,
            @Nullable String username,
            @Nullable String password,
            @Nullable String passwordFile,
            @DefaultValue("1s") Duration connectTimeout,
            @DefaultValue("2s") Duration commandTimeout,
            @DefaultValue Tls tls,
            @DefaultValue Sentinel sentinel) {

        /** Leaves out what may be or hold a secret. */
        @Override
        public String toString() {
            return "Redis[namespace=" + namespace + ", username=" + username + "]";
        }
    }

    /**
     * How connections are encrypted.
     *
     * @param ca PEM file of the authorities that may issue the servers' certificates. Default: those that this Java trusts.
     * @param certificate PEM file of the certificate to show to servers.
     * @param key PEM file of its private key.
     * @param bundle Name of an SSL bundle, instead of files.
     */
    public record Tls(
            @Nullable String ca,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String bundle) {}

    /**
     * How to get in at Sentinels.
     *
     * @param username User at Sentinels.
     * @param password Password at Sentinels.
     * @param passwordFile File with the password at Sentinels.
     * @param tls How connections to Sentinels are encrypted. Default: as those to servers.
     */
    public record Sentinel(
            @Nullable String username,
            @Nullable String password,
            @Nullable String passwordFile,
            @DefaultValue Tls tls) {

        /** Leaves the password out. */
        @Override
        public String toString() {
            return "Sentinel[username=" + username + "]";
        }
    }

    /**
     * Bounds of each region's log.
     *
     * @param maximumRecords Each region's log keeps about this many records.
     * @param maximumBytes Each region's log keeps about this many bytes.
     */
    public record Log(
            @DefaultValue("100000") long maximumRecords,
            @DefaultValue("64MB") DataSize maximumBytes) {}

    /**
     * Bounds of broad changes.
     *
     * @param maximumEntries A change of tags, prefixes or a whole cache that would evict more entries, over all replicas, is refused. 0: no limit.
     */
    public record Broad(@DefaultValue("0") long maximumEntries) {}

    /**
     * What a cache is like. What a cache leaves out, freshet.defaults says; what that leaves out has the default that is named here.
     *
     * @param region Name of the cache in Freshet, in all processes. Default: the cache's name, with dashes for capitals. Not in freshet.defaults.
     * @param maximumEntries At most this many entries in each process. Default: 10000.
     * @param expireAfterWrite Ends entries this long after they were stored. Default: never.
     * @param expireAfterAccess Ends entries this long after they were last read. Default: never.
     * @param absences How long null and an empty Optional are kept; 0: not at all. Default: 1m.
     * @param writeThrough Whether @CachePut stores what its method returned, instead of evicting. Default: false.
     * @param failSafe How long a value that ended may stand in for a load that fails. Default: 0, never.
     * @param refreshAfterWrite Loads entries of this age again in the background when they are read. Default: 0, never.
     * @param loadTimeout How long a caller waits for the load of another. Default: 60s.
     * @param softTimeout After which time a caller gets the value that ended, if fail-safe kept one. Default: 0, never.
     * @param resetSpread Spreads the misses that follow a reset over this time. Default: 0.
     * @param evictAgainAfter Evicts a second time after this long, for loads from a database replica that lags. Default: 0, never.
     * @param unconfirmed What reads get while it is not known whether an invalidation was missed.
     */
    public record CacheSettings(
            @Nullable String region,
            @Nullable Long maximumEntries,
            @Nullable Duration expireAfterWrite,
            @Nullable Duration expireAfterAccess,
            @Nullable Duration absences,
            @Nullable Boolean writeThrough,
            @Nullable Duration failSafe,
            @Nullable Duration refreshAfterWrite,
            @Nullable Duration loadTimeout,
            @Nullable Duration softTimeout,
            @Nullable Duration resetSpread,
            @Nullable Duration evictAgainAfter,
            @DefaultValue Unconfirmed unconfirmed) {

        /**
         * What reads get while it is not known whether an invalidation was missed.
         *
         * @param policy Whether such reads are served what is cached, or bypass the cache. Default: serve.
         * @param after How old the last confirmation may become. Default: 2s.
         */
        public record Unconfirmed(
                @Nullable UnconfirmedPolicy policy,
                @Nullable Duration after) {}
    }
}

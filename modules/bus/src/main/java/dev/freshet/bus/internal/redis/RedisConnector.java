package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RedisCredentials;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Opens connections to the servers of one address. Asks for credentials, and reads files of TLS, for each connection anew. Safe to
 * use from any thread.
 */
public final class RedisConnector {

    private static final List<String> OF_CREDENTIALS =
            List.of("NOAUTH", "WRONGPASS", "ERR AUTH", "ERR invalid password", "ERR Client sent AUTH");

    /** One kind of servers: those with the data, or sentinels. */
    private record Kind(
            String name,
            CredentialSource credentials,
            int database,
            @Nullable TlsLayer tls) {

        String at(HostAndPort node) {
            return name + " at " + node;
        }
    }

    private final RedisConfig config;
    private final RedisUri uri;
    private final String clientName;
    private final ForeignCode foreign = new ForeignCode();
    private final Kind servers;
    private final Kind sentinels;

    public RedisConnector(RedisConfig config, String clientName) {
        this.config = config;
        this.uri = RedisUri.parse(config.uri());
        // Redis refuses spaces and control characters in a client's name.
        this.clientName = "freshet-" + clientName.replaceAll("[^!-~]", "_");
        RedisAccess access = config.servers();
        TlsLayer tls = uri.tls() || access.tls() != null ? new TlsLayer(access.tls(), foreign) : null;
        this.servers = new Kind(
                "Redis",
                access.credentials() == null ? CredentialSource.of(uri) : CredentialSource.of(access.credentials()),
                uri.database(),
                tls);
        this.sentinels = sentinels(config.sentinels(), tls);
    }

    /** Sentinels have no databases, and other credentials than the servers. */
    private Kind sentinels(@Nullable RedisAccess access, @Nullable TlsLayer ofServers) {
        CredentialSource credentials = access == null || access.credentials() == null
                ? CredentialSource.NONE
                : CredentialSource.of(access.credentials());
        TlsLayer tls = access != null && access.tls() != null
                ? new TlsLayer(access.tls(), foreign)
                : access == null || uri.tls() ? ofServers : null;
        return new Kind("the sentinel", credentials, 0, tls);
    }

    public RedisUri uri() {
        return uri;
    }

    public Duration commandTimeout() {
        return config.commandTimeout();
    }

    /** Opens a connection for commands, as {@link #open(HostAndPort, Duration)} does. */
    public RedisConnection open(HostAndPort node) {
        return open(node, config.commandTimeout());
    }

    /**
     * Opens a connection that fails after this long without a byte. Blocks for a bounded time: once the connect timeout for the
     * credentials, once for the connection, twice for TLS, and for the first answers.
     *
     * @throws MisconfiguredException if there will be no connection before somebody mends the configuration
     */
    public RedisConnection open(HostAndPort node, Duration silence) {
        return connect(servers, node, silence);
    }

    /** Opens a connection to a sentinel. */
    public RedisConnection openSentinel(HostAndPort sentinel) {
        return connect(sentinels, sentinel, config.commandTimeout());
    }

    private RedisConnection connect(Kind kind, HostAndPort node, Duration silence) {
        int connectMillis = Math.toIntExact(config.connectTimeout().toMillis());
        int silenceMillis = Math.toIntExact(silence.toMillis());
        RedisCredentials credentials = kind.credentials().get(foreign, connectMillis);
        NodeClientConfig client =
                new NodeClientConfig(connectMillis, silenceMillis, clientName, kind.database(), credentials);
        BoundedSockets sockets = new BoundedSockets(node, kind.at(node), kind.tls(), connectMillis, silenceMillis);
        try {
            RedisConnection connection = new RedisConnection(node, client, sockets);
            if (credentials == null) {
                requireOpenDoor(connection);
            }
            return connection;
        } catch (JedisDataException e) {
            throw RedisErrors.isMisconfigured(e) ? misconfigured(kind, node, credentials, e) : e;
        } catch (JedisException e) {
            String fault = e instanceof MisconfiguredException
                    ? null
                    : TlsFaults.isGivenUp(e) ? sockets.whyGivenUp() : TlsFaults.describe(kind.at(node), e);
            throw fault == null ? e : new MisconfiguredException(fault);
        } catch (RuntimeException e) {
            // What Jedis throws if the answer to AUTH or SELECT is malformed.
            throw new JedisConnectionException(node + " answers AUTH or SELECT as Redis never does", e);
        }
    }

    /** Without credentials Jedis sends nothing whose refusal it would pass on. */
    private static void requireOpenDoor(RedisConnection connection) {
        try {
            connection.text(Protocol.Command.PING);
        } catch (JedisException e) {
            if (!(e instanceof JedisDataException)
                    || String.valueOf(e.getMessage()).startsWith("NOAUTH")) {
                connection.closeQuietly();
                throw e;
            }
        }
    }

    private static MisconfiguredException misconfigured(
            Kind kind, HostAndPort node, @Nullable RedisCredentials credentials, JedisDataException refusal) {
        String why = String.valueOf(refusal.getMessage());
        String what = OF_CREDENTIALS.stream().anyMatch(why::startsWith)
                ? " refuses " + kind.credentials().shown(credentials)
                : why.startsWith("ERR DB index") || why.startsWith("ERR SELECT")
                        ? " refuses database " + kind.database()
                        : " refuses the connection";
        return new MisconfiguredException(kind.at(node) + what + ": " + why);
    }
}

package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RedisCredentials;
import dev.freshet.bus.internal.access.ForeignCode;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.access.PemFiles;
import dev.freshet.bus.internal.socket.TlsLayer;
import dev.freshet.schema.Namespace;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Opens connections to the servers of one address. Notes the faults of the configuration that it meets, and tries ever more rarely
 * where it met one. Safe to use from any thread.
 */
public final class RedisConnector {

    private final RedisConfig config;
    private final RedisUri uri;
    private final Namespace namespace;
    private final ConfigurationFaults faults;
    private final ConnectGate gate;
    private final Opener servers;
    private final Opener sentinels;

    /** Tells its faults only to those who open connections. */
    public RedisConnector(RedisConfig config, String clientName) {
        this(config, clientName, ConfigurationFaults.unlogged());
    }

    public RedisConnector(RedisConfig config, String clientName, ConfigurationFaults faults) {
        JedisLink.require();
        this.config = config;
        this.faults = faults;
        this.gate = new ConnectGate(faults.time());
        this.uri = RedisUri.parse(config.uri());
        this.namespace = new Namespace(config.namespace(), uri.database());
        // Redis refuses spaces and control characters in a client's name.
        String name = "freshet-" + clientName.replaceAll("[^!-~]", "_");
        ForeignCode foreign = new ForeignCode();
        RedisAccess access = config.servers();
        TlsLayer tls = uri.tls() || access.tls() != null ? new TlsLayer(access.tls(), foreign) : null;
        CredentialSource credentials =
                access.credentials() == null ? CredentialSource.of(uri) : CredentialSource.of(access.credentials());
        this.servers = new Opener("Redis", credentials, uri.database(), tls, name, config.connectTimeout(), foreign);
        this.sentinels = sentinels(config.sentinels(), servers);
    }

    /** Sentinels have no databases, and other credentials than the servers. */
    private Opener sentinels(@Nullable RedisAccess access, Opener servers) {
        CredentialSource credentials = access == null || access.credentials() == null
                ? CredentialSource.NONE
                : CredentialSource.of(access.credentials());
        TlsLayer tls = access != null && access.tls() != null
                ? new TlsLayer(access.tls(), servers.foreign())
                : access == null || uri.tls() ? servers.tls() : null;
        return new Opener(
                "the sentinel", credentials, 0, tls, servers.clientName(), servers.connectTimeout(), servers.foreign());
    }

    public RedisUri uri() {
        return uri;
    }

    /** Returns what names the keys and channels in these servers. */
    public Namespace namespace() {
        return namespace;
    }

    /** Returns where those who use its connections note faults of the configuration too. */
    public ConfigurationFaults faults() {
        return faults;
    }

    public Duration commandTimeout() {
        return config.commandTimeout();
    }

    /**
     * Returns the credentials of a new connection to a server; null: there are none. Blocks for the connect timeout at most.
     *
     * @throws MisconfiguredException if there should be some
     */
    public @Nullable RedisCredentials credentials() {
        return servers.credentials()
                .get(servers.foreign(), servers.connectTimeout().toMillis());
    }

    /**
     * Returns what encrypts a new connection to a server; null: it is not encrypted. Blocks as long as the file system does.
     *
     * @throws MisconfiguredException naming the file that cannot be used, or if sockets are made by foreign code
     */
    public @Nullable SSLContext tls() {
        TlsLayer layer = servers.tls();
        return layer == null ? null : PemFiles.contextOf(layer.factory());
    }

    /** Opens a connection for commands, as {@link #open(HostAndPort, Duration)} does. */
    public RedisConnection open(HostAndPort node) {
        return open(node, config.commandTimeout());
    }

    /**
     * Opens a connection that fails after this long without a byte. Blocks for a bounded time: once the connect timeout for the
     * credentials, once for the connection, twice for TLS, and for the first answers.
     *
     * @throws MisconfiguredException if there will be no connection before somebody mends the configuration, or if it is too early
     *     to look whether somebody has
     */
    public RedisConnection open(HostAndPort node, Duration silence) {
        return attempt(servers.at(node), () -> servers.open(node, silence));
    }

    /**
     * Opens a connection for commands, and uses it for what must succeed.
     *
     * @param first uses the connection; what it throws closes the connection
     * @throws MisconfiguredException also if the server refuses what must succeed
     */
    public RedisConnection open(HostAndPort node, Consumer<RedisConnection> first) {
        return using(servers, node, first);
    }

    /** Opens a connection to a sentinel, uses it, and closes it. */
    void askSentinel(HostAndPort sentinel, Consumer<RedisConnection> question) {
        using(sentinels, sentinel, question).closeQuietly();
    }

    /** Opens a connection to a sentinel. */
    public RedisConnection openSentinel(HostAndPort sentinel) {
        return attempt(sentinels.at(sentinel), () -> sentinels.open(sentinel, config.commandTimeout()));
    }

    /**
     * Uses a connection that {@link #open(HostAndPort)} has opened for what must succeed, as {@link #open(HostAndPort, Consumer)}
     * does.
     */
    public RedisConnection admit(RedisConnection fresh, Consumer<RedisConnection> first) {
        try {
            return using(servers.at(fresh.node()), () -> fresh, first);
        } catch (RuntimeException e) {
            fresh.closeQuietly();
            throw e;
        }
    }

    private RedisConnection using(Opener opener, HostAndPort node, Consumer<RedisConnection> first) {
        String server = opener.at(node);
        return using(server, () -> attempt(server, () -> opener.open(node, config.commandTimeout())), first);
    }

    private RedisConnection using(String server, Supplier<RedisConnection> how, Consumer<RedisConnection> first) {
        String place = server + " for commands";
        gate.pass(place);
        RedisConnection fresh = how.get();
        try {
            first.accept(fresh);
        } catch (RuntimeException e) {
            fresh.closeQuietly();
            if (e instanceof JedisDataException refusal && RedisErrors.isMisconfigured(refusal)) {
                throw refused(place, new MisconfiguredException(server + " refuses: " + refusal.getMessage()));
            }
            gate.open(place);
            throw e;
        }
        passed(place);
        return fresh;
    }

    private RedisConnection attempt(String place, Supplier<RedisConnection> how) {
        gate.pass(place);
        try {
            RedisConnection connection = how.get();
            passed(place);
            return connection;
        } catch (MisconfiguredException e) {
            throw refused(place, e);
        } catch (JedisException e) {
            gate.open(place);
            throw e;
        }
    }

    private void passed(String place) {
        gate.open(place);
        if (faults.isAny()) {
            faults.mended(place);
        }
    }

    private MisconfiguredException refused(String place, MisconfiguredException fault) {
        String why = String.valueOf(fault.getMessage());
        gate.shut(place, why);
        faults.met(place, why);
        return fault;
    }
}

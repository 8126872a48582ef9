package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisCredentials;
import dev.freshet.bus.internal.access.ForeignCode;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.socket.BoundedSockets;
import dev.freshet.bus.internal.socket.TlsFaults;
import dev.freshet.bus.internal.socket.TlsLayer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Opens connections to one kind of servers: those with the data, or sentinels. Asks for credentials, and reads files of TLS, for
 * each connection. Any thread.
 *
 * @param kind what it connects to, as it begins a sentence
 * @param credentials whom they connect as
 * @param database the number of the database; 0: none is selected
 * @param tls null: no encryption
 */
record Opener(
        String kind,
        CredentialSource credentials,
        int database,
        @Nullable TlsLayer tls,
        String clientName,
        Duration connectTimeout,
        ForeignCode foreign) {

    private static final List<String> OF_CREDENTIALS =
            List.of("NOAUTH", "WRONGPASS", "ERR AUTH", "ERR invalid password", "ERR Client sent AUTH");

    /** Returns a server, as it begins a sentence. */
    String at(HostAndPort node) {
        return kind + " at " + node;
    }

    /**
     * Opens a connection that fails after this long without a byte.
     *
     * @throws MisconfiguredException if there will be no connection before somebody mends the configuration
     */
    RedisConnection open(HostAndPort node, Duration silence) {
        int connectMillis = Math.toIntExact(connectTimeout.toMillis());
        int silenceMillis = Math.toIntExact(silence.toMillis());
        RedisCredentials who = credentials.get(foreign, connectMillis);
        NodeClientConfig client = new NodeClientConfig(connectMillis, silenceMillis, clientName, database, who);
        BoundedSockets sockets = new BoundedSockets(node, at(node), tls, connectMillis, silenceMillis);
        try {
            RedisConnection connection = new RedisConnection(node, client, sockets);
            if (who == null) {
                requireOpenDoor(connection);
            }
            return connection;
        } catch (JedisDataException e) {
            throw RedisErrors.isMisconfigured(e) ? misconfigured(node, who, e) : e;
        } catch (JedisException e) {
            String fault = e instanceof MisconfiguredException
                    ? null
                    : TlsFaults.isGivenUp(e) ? sockets.whyGivenUp() : TlsFaults.describe(at(node), e);
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

    private MisconfiguredException misconfigured(
            HostAndPort node, @Nullable RedisCredentials who, JedisDataException refusal) {
        String why = String.valueOf(refusal.getMessage());
        String what = OF_CREDENTIALS.stream().anyMatch(why::startsWith)
                ? " refuses " + credentials.shown(who)
                : why.startsWith("ERR DB index") || why.startsWith("ERR SELECT")
                        ? " refuses database " + database
                        : " refuses the connection";
        return new MisconfiguredException(at(node) + what + ": " + why);
    }
}

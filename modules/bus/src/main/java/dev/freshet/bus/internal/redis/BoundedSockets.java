package dev.freshet.bus.internal.redis;

import java.io.IOException;
import java.net.Socket;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.util.IOUtils;

/** Gives Jedis {@link BoundedSocket}s to one node, and remembers the last. Used by one connection. */
final class BoundedSockets extends DefaultJedisSocketFactory {
    private final HostAndPort node;
    private final int timeoutMillis;
    private @Nullable BoundedSocket last;

    BoundedSockets(HostAndPort node, JedisClientConfig config) {
        super(node, config);
        this.node = node;
        this.timeoutMillis = config.getSocketTimeoutMillis();
    }

    /** Returns the socket that was created last, or null. */
    @Nullable
    BoundedSocket last() {
        return last;
    }

    @Override
    public Socket createSocket() {
        Socket socket = super.createSocket();
        try {
            BoundedSocket bounded = new BoundedSocket(socket, node.toString(), timeoutMillis);
            last = bounded;
            return bounded;
        } catch (IOException e) {
            IOUtils.closeQuietly(socket);
            throw new JedisConnectionException("no connection to " + node, e);
        }
    }
}

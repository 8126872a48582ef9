package dev.freshet.bus.internal.socket;

import dev.freshet.bus.internal.access.MisconfiguredException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.IOUtils;

/** Gives Jedis {@link BoundedSocket}s to one node, with TLS if wanted, and remembers the last. Used by one connection. */
public final class BoundedSockets implements JedisSocketFactory {

    private final HostAndPort node;
    private final String server;
    private final @Nullable TlsLayer tls;
    private final int connectTimeoutMillis;
    private final int timeoutMillis;
    private boolean wasConnected;
    private volatile @Nullable BoundedSocket last;

    /**
     * For a node.
     *
     * @param server the node, as it begins a sentence
     * @param tls null: no encryption
     * @param timeoutMillis how long one read or write may take
     */
    public BoundedSockets(
            HostAndPort node, String server, @Nullable TlsLayer tls, int connectTimeoutMillis, int timeoutMillis) {
        this.node = node;
        this.server = server;
        this.tls = tls;
        this.connectTimeoutMillis = connectTimeoutMillis;
        this.timeoutMillis = timeoutMillis;
    }

    /** Returns the socket that was created last, or null. */
    @Nullable
    public BoundedSocket last() {
        return last;
    }

    @Override
    public Socket createSocket() {
        Socket socket = null;
        try {
            socket = connected();
            wasConnected = true;
            socket = tls == null ? socket : tls.over(socket, node, server, connectTimeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            BoundedSocket bounded = new BoundedSocket(socket, node.toString(), timeoutMillis);
            last = bounded;
            return bounded;
        } catch (UnknownHostException e) {
            throw broken("the name " + node.getHost() + " has no address", e);
        } catch (IOException e) {
            IOUtils.closeQuietly(socket);
            throw broken("no connection to " + node + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            IOUtils.closeQuietly(socket);
            throw e;
        }
    }

    /** The fault is not the cause: people see the message of the first cause, and it would not name the node. */
    private static JedisConnectionException broken(String why, IOException fault) {
        JedisConnectionException broken = new JedisConnectionException(why);
        broken.addSuppressed(fault);
        return broken;
    }

    /**
     * Asks why the server gave up a connection with TLS, as it does if it refuses the client's certificate. Its reason was lost if
     * a write failed before; so this connects once more, and only listens once the handshake is done.
     *
     * @return a sentence, or null if there is nothing to mend, as far as one can tell
     */
    @Nullable
    public String whyGivenUp() {
        if (tls == null || !wasConnected) {
            return null;
        }
        try (Socket plain = new ListeningSocket(connected());
                Socket asking = tls.over(plain, node, server, connectTimeoutMillis)) {
            int answer = asking.getInputStream().read();
            return answer < 0 ? null : server + " speaks first, as Redis never does";
        } catch (IOException e) {
            return TlsFaults.describe(server, e);
        } catch (JedisException e) {
            return e instanceof MisconfiguredException ? e.getMessage() : null;
        }
    }

    /** Tries each address of a name, in any order, within the timeout for all together. */
    private Socket connected() throws IOException {
        List<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(node.getHost()));
        Collections.shuffle(addresses);
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(connectTimeoutMillis);
        IOException failure = null;
        for (int left = addresses.size(); left > 0; left--) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
            Socket socket = new Socket();
            try {
                socket.setReuseAddress(true);
                socket.setKeepAlive(true);
                socket.setTcpNoDelay(true);
                // What was given up is of no use to the server either.
                socket.setSoLinger(true, 0);
                socket.connect(new InetSocketAddress(addresses.get(left - 1), node.getPort()), (int)
                        Math.max(1, leftMillis / left));
                return socket;
            } catch (IOException e) {
                IOUtils.closeQuietly(socket);
                failure = e;
            }
        }
        throw failure == null ? new IOException(node.getHost() + " has no address") : failure;
    }
}

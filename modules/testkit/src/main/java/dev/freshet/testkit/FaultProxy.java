package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on loopback in front of any server. It simulates a network that fails on command.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port())) {
 *     var client = connectTo(proxy.host(), proxy.port());
 *     proxy.blackhole(Direction.TO_CLIENT);
 *     ...
 *     proxy.heal();
 * }
 * }</pre>
 *
 * <p>A fault applies to existing and new connections, and lasts until {@link #heal()}. Several faults add up. A method that takes
 * directions affects both if none is given.
 *
 * <p>A proxy cannot drop the packets that open a connection. So a client can always connect, except after {@link #cut()}, and
 * notices the fault only then. If the server refuses the connection, the proxy closes the client's connection at once.
 *
 * <p>Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {

    /** One of the two ways through the proxy. */
    public enum Direction {
        /** From clients to the server. */
        TO_SERVER,
        /** From the server to clients. */
        TO_CLIENT
    }

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    private volatile InetSocketAddress server;
    private final int port;
    private final Map<Direction, Faults> faults = new EnumMap<>(Direction.class);
    private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private @Nullable ServerSocket listener;
    private @Nullable Thread acceptor;
    private boolean closed;

    /** How often all connections were closed. A connection that was being opened meanwhile sees that it must close too. */
    private long drops;

    private FaultProxy(InetSocketAddress server) {
        this.server = server;
        for (Direction direction : Direction.values()) {
            faults.put(direction, new Faults());
        }
        ServerSocket socket = LoopbackPorts.listen();
        this.port = socket.getLocalPort();
        listenOn(socket);
    }

    /** Starts a proxy in front of a server, which need not be running yet. */
    public static FaultProxy to(String host, int port) {
        return new FaultProxy(new InetSocketAddress(host, port));
    }

    /** Starts a proxy in front of a Redis server. */
    public static FaultProxy to(RedisServer redis) {
        return to(redis.host(), redis.port());
    }

    /** Returns the IP address that the proxy listens on. */
    public String host() {
        return RedisSource.LOOPBACK;
    }

    /** Returns the port that the proxy listens on. It never changes. */
    public int port() {
        return port;
    }

    /** Returns {@code redis://127.0.0.1:port}. */
    public String redisUri() {
        return "redis://" + host() + ":" + port;
    }

    /** Returns the number of open connections. */
    public int openConnections() {
        return connections.size();
    }

    /** Returns the number of connections accepted since the start. */
    public long acceptedConnections() {
        return accepted.get();
    }

    /** Returns the number of bytes passed on in this direction since the start. */
    public long passedBytes(Direction direction) {
        return faultsOf(direction).passedBytes();
    }

    /** Delays each byte. Order and throughput do not change. */
    public void latency(Duration latency, Direction... directions) {
        forEach(directions, f -> f.latency(latency.toNanos()));
    }

    /**
     * Limits the throughput of each connection. The sender feels the back pressure.
     *
     * @throws IllegalArgumentException if the rate is less than one byte per second
     */
    public void drip(long bytesPerSecond, Direction... directions) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "bytesPerSecond is " + bytesPerSecond + "; use at least 1, or stall or blackhole");
        }
        forEach(directions, f -> f.drip(bytesPerSecond));
    }

    /**
     * Drops bytes while the connections stay open. One end does not learn that the other has closed. {@link #heal()} resets a
     * connection that lost bytes, because TCP never continues behind a hole.
     */
    public void blackhole(Direction... directions) {
        forEach(directions, Faults::blackhole);
    }

    /** Holds bytes back until {@link #heal()}, which delivers them all, as TCP does after a short outage. */
    public void stall(Direction... directions) {
        forEach(directions, Faults::stall);
    }

    /**
     * Resets (RST) each connection after it has passed on exactly this many bytes in this direction. Existing connections count from now, new ones
     * from their start. So a test can cut a message in its middle.
     *
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public void resetAfter(long bytes, Direction direction) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is " + bytes + "; use 0 or more");
        }
        faultsOf(direction).resetAfter(bytes);
    }

    /** Closes all connections and refuses new ones until {@link #heal()}. */
    public void cut() {
        Thread stopped;
        synchronized (this) {
            stopped = stopListening();
            dropConnections();
        }
        awaitEnd(stopped);
    }

    /**
     * Leads new connections to another server. Open connections stay where they are, as behind a DNS name or a Kubernetes Service
     * that moves.
     */
    public void moveTo(RedisServer redis) {
        server = new InetSocketAddress(redis.host(), redis.port());
    }

    /** Closes all connections once. New connections are accepted. */
    public synchronized void dropConnections() {
        drops++;
        connections.forEach(ProxiedConnection::close);
    }

    /**
     * Ends all faults. Connections that lost bytes are reset; the others continue.
     *
     * @throws UncheckedIOException if another process took the port after a cut
     * @throws IllegalStateException if the proxy is closed
     */
    public synchronized void heal() {
        requireOpen();
        faults.values().forEach(Faults::heal);
        connections.forEach(ProxiedConnection::resetIfBytesWereLost);
        if (listener == null) {
            try {
                listenOn(LoopbackPorts.listen(port));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Closes all connections and stops. */
    @Override
    public void close() {
        Thread stopped;
        synchronized (this) {
            closed = true;
            stopped = stopListening();
            dropConnections();
        }
        awaitEnd(stopped);
    }

    private synchronized void listenOn(ServerSocket socket) {
        listener = socket;
        acceptor = new Thread(() -> acceptAll(socket), "fault-proxy-" + port + "-accept");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    private void acceptAll(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                accept(socket, socket.accept());
            } catch (IOException e) {
                // The listener was closed, or this client has already disconnected.
            }
        }
    }

    private void accept(ServerSocket acceptedBy, Socket client) throws IOException {
        long number = accepted.incrementAndGet();
        long dropsBefore = drops();
        Socket toServer = new Socket();
        try {
            toServer.connect(server, CONNECT_TIMEOUT_MILLIS);
        } catch (IOException e) {
            toServer.close();
            client.close();
            return;
        }
        synchronized (this) {
            if (listener != acceptedBy || drops != dropsBefore) {
                toServer.close();
                client.close();
                return;
            }
            ProxiedConnection connection = new ProxiedConnection(
                    client,
                    toServer,
                    faultsOf(Direction.TO_SERVER),
                    faultsOf(Direction.TO_CLIENT),
                    connections::remove,
                    "fault-proxy-" + port + "-" + number);
            connections.add(connection);
            connection.start();
        }
    }

    private synchronized long drops() {
        return drops;
    }

    /** Closes the listener, if there is one, and returns its accepting thread. */
    private @Nullable Thread stopListening() {
        if (listener == null) {
            return null;
        }
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        listener = null;
        return acceptor;
    }

    /** Waits for the accepting thread: until it leaves accept, the system accepts connections for the closed listener. */
    private static void awaitEnd(@Nullable Thread stopped) {
        if (stopped != null) {
            try {
                stopped.join(2L * CONNECT_TIMEOUT_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The proxy is closed");
        }
    }

    private void forEach(Direction[] directions, Consumer<Faults> change) {
        List<Direction> affected = List.of(directions.length == 0 ? Direction.values() : directions);
        affected.forEach(direction -> change.accept(faultsOf(direction)));
    }

    private Faults faultsOf(Direction direction) {
        Faults found = faults.get(direction);
        if (found == null) {
            throw new AssertionError("no faults for " + direction);
        }
        return found;
    }
}

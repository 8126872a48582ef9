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
 * A TCP proxy on loopback in front of any server, with a network in between that fails on command.
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
 * <p>Faults hold for connections that exist and for those to come, add up, and last until {@link #heal()}. A method that
 * takes directions means both where none is given.
 *
 * <p>A proxy cannot drop the packets that open a connection: except after {@link #cut()} a client can always connect,
 * and learns only then that nobody answers. If the server itself refuses, the client's connection is closed at once.
 *
 * <p>Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {

    /** One of the two ways through the proxy. */
    public enum Direction {
        /** What clients send. */
        TO_SERVER,
        /** What the server sends. */
        TO_CLIENT
    }

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    private final InetSocketAddress server;
    private final int port;
    private final Map<Direction, Faults> faults = new EnumMap<>(Direction.class);
    private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private @Nullable ServerSocket listener;
    private @Nullable Thread acceptor;
    private boolean closed;

    /** How often all connections were closed; tells one that was being made meanwhile that it is among them. */
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

    /** Starts a proxy in front of a server, which need not be up yet. */
    public static FaultProxy to(String host, int port) {
        return new FaultProxy(new InetSocketAddress(host, port));
    }

    /** Starts a proxy in front of a Redis server. */
    public static FaultProxy to(RedisServer redis) {
        return to(redis.host(), redis.port());
    }

    /** Returns the address that the proxy listens on; an IP address, never a name. */
    public String host() {
        return RedisSource.LOOPBACK;
    }

    /** Returns the port that the proxy listens on, the same as long as it lives. */
    public int port() {
        return port;
    }

    /** Returns {@code redis://127.0.0.1:port}. */
    public String redisUri() {
        return "redis://" + host() + ":" + port;
    }

    /** Returns how many connections go through the proxy now. */
    public int openConnections() {
        return connections.size();
    }

    /** Returns how many connections were ever accepted. */
    public long acceptedConnections() {
        return accepted.get();
    }

    /** Returns how many bytes were passed on in that direction since the proxy was started. */
    public long passedBytes(Direction direction) {
        return faultsOf(direction).passedBytes();
    }

    /** Delays each byte by this much. Order and throughput stay. */
    public void latency(Duration latency, Direction... directions) {
        forEach(directions, f -> f.latency(latency.toNanos()));
    }

    /** Lets no more than so many bytes a second through, on each connection; the sender feels the back pressure. */
    public void drip(long bytesPerSecond, Direction... directions) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("at least a byte a second; see stall and blackhole");
        }
        forEach(directions, f -> f.drip(bytesPerSecond));
    }

    /**
     * Lets bytes vanish while the connections stay open; nor does the one end learn that the other has closed. A
     * connection that lost bytes is reset by {@link #heal()}, since TCP never goes on behind a hole.
     */
    public void blackhole(Direction... directions) {
        forEach(directions, Faults::blackhole);
    }

    /** Holds bytes back until {@link #heal()}, which delivers them all, as TCP does after an outage that was short. */
    public void stall(Direction... directions) {
        forEach(directions, Faults::stall);
    }

    /**
     * Resets (RST) each connection that has passed on this many more bytes in that direction, counted from now or from
     * its beginning. Exactly so many pass, so a message can be cut in its middle.
     */
    public void resetAfter(long bytes, Direction direction) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative, but is " + bytes);
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

    /** Closes all connections, once; new ones are welcome. */
    public synchronized void dropConnections() {
        drops++;
        connections.forEach(ProxiedConnection::close);
    }

    /**
     * Ends all faults. Connections that lost bytes are reset, the others go on.
     *
     * @throws UncheckedIOException if after a cut somebody else has taken the port
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
                // The listener was closed, or that one client has gone again.
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

    /** Closes the listener, if there is one, and returns the thread that accepted from it. */
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

    /** The system takes connections for a closed listener until the thread that waits in accept has left it. */
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
            throw new IllegalStateException("this proxy was closed");
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

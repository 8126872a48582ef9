package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Finds ports on loopback for servers that restart on the same port.
 *
 * <p>The ports are below the range of outgoing ports. In that range, a client that keeps connecting to a dead server can get the server's
 * port for its own end, and is then connected to itself.
 *
 * <p>A port is handed out once, also if several JVMs of this user look for ports at the same time: each port that a JVM has handed out stays its
 * own until it ends. Otherwise another test could take the port of a server that is just being started, or was stopped to be started
 * again.
 */
public final class LoopbackPorts {

    private static final int FIRST = 15_000;
    // A Redis Cluster node also listens 10,000 ports higher, which must be below the range too.
    private static final int BEHIND_LAST = 22_700;

    private static final int ATTEMPTS = 200;

    /** After so many attempts in vain, a port may be one that this JVM handed out before: there may be no others. */
    private static final int ATTEMPTS_FOR_A_NEW_ONE = 150;

    /** Byte n is locked by the JVM that port n belongs to. Null if the file cannot be opened: then nothing is kept apart. */
    private static final @Nullable FileChannel OWNERS = openOwners();

    /** Closing or losing them would give the ports back. */
    private static final Queue<FileLock> OWNED = new ConcurrentLinkedQueue<>();

    private LoopbackPorts() {}

    /** Returns a port that is free, and that no other caller gets. A process that is none of ours may take it before the caller does. */
    public static int free() {
        try (ServerSocket socket = listen()) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a socket that listens on a free port. */
    static ServerSocket listen() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST);
            if (!own(port, attempt >= ATTEMPTS_FOR_A_NEW_ONE)) {
                continue;
            }
            try {
                return listen(port);
            } catch (IOException taken) {
                // Try another port.
            }
        }
        throw new IllegalStateException(
                "No free port found from " + FIRST + " to " + (BEHIND_LAST - 1) + " in " + ATTEMPTS + " attempts");
    }

    /**
     * Returns a socket that listens on this port.
     *
     * @throws IOException if the port is taken
     */
    static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            // Recently closed connections do not block the port.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static @Nullable FileChannel openOwners() {
        String name = "freshet-testkit-ports-" + System.getProperty("user.name");
        try {
            return FileChannel.open(
                    Path.of(System.getProperty("java.io.tmpdir"), name),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            return null;
        }
    }

    /** Makes a port this JVM's own. Returns false if it is another's, or, unless {@code again}, this JVM's already. */
    private static boolean own(int port, boolean again) {
        if (OWNERS == null) {
            return true;
        }
        try {
            FileLock lock = OWNERS.tryLock(port, 1, false);
            return lock != null && OWNED.add(lock);
        } catch (OverlappingFileLockException e) {
            return again;
        } catch (IOException e) {
            return true;
        }
    }
}

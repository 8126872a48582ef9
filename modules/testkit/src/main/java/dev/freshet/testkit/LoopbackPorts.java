package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports on loopback for servers that restart on the same port.
 *
 * <p>The ports are below the range of outgoing ports. In that range, a client that keeps connecting to a dead server can get the server's
 * port for its own end, and is then connected to itself.
 */
public final class LoopbackPorts {

    private static final int FIRST = 15_000;
    // A Redis Cluster node also listens 10,000 ports higher, which must be below the range too.
    private static final int BEHIND_LAST = 22_700;

    private LoopbackPorts() {}

    /** Returns a port that was free a moment ago. Another process may take it before the caller does. */
    public static int free() {
        try (ServerSocket socket = listen()) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a socket that listens on a free port. */
    static ServerSocket listen() {
        for (int attempt = 0; attempt < 200; attempt++) {
            try {
                return listen(ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST));
            } catch (IOException taken) {
                // Try another port.
            }
        }
        throw new IllegalStateException(
                "No free port found from " + FIRST + " to " + (BEHIND_LAST - 1) + " in 200 attempts");
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
}

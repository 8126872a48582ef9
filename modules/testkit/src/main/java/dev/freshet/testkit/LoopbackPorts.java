package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports on loopback for servers that come back on the same port.
 *
 * <p>They lie below the range that systems take outgoing ports from. In that range a client that keeps on connecting to
 * a dead server can be given that server's port for its own end, and then it is connected to itself.
 */
final class LoopbackPorts {

    private static final int FIRST = 15_000;
    // A Redis Cluster node also listens 10,000 ports higher, and that must stay below the range as well.
    private static final int BEHIND_LAST = 22_700;

    private LoopbackPorts() {}

    /** Returns a port that was free a moment ago. */
    static int free() {
        try (ServerSocket socket = listen()) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a socket that listens on such a port. */
    static ServerSocket listen() {
        for (int attempt = 0; attempt < 200; attempt++) {
            try {
                return listen(ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST));
            } catch (IOException taken) {
                // The next one.
            }
        }
        throw new IllegalStateException("no free port from " + FIRST + " to " + BEHIND_LAST);
    }

    /** Returns a socket that listens on this port. */
    static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            // Connections that ended lately do not block the port.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}

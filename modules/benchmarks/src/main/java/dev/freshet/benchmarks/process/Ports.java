package dev.freshet.benchmarks.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds free ports on loopback. */
public final class Ports {

    private Ports() {}

    /** Returns a port that was free a moment ago. Another process may take it before the caller does. */
    public static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

package dev.freshet.demo.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds ports that nobody listens on. */
final class FreePorts {

    private FreePorts() {}

    /** Returns different ports that were free a moment ago. */
    static List<Integer> choose(int count) throws IOException {
        Set<Integer> ports = new LinkedHashSet<>();
        while (ports.size() < count) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                ports.add(socket.getLocalPort());
            }
        }
        return List.copyOf(ports);
    }
}

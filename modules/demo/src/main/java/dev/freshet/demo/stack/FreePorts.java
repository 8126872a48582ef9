package dev.freshet.demo.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports that nobody listens on, and gives each of them once. They are below the range of outgoing connections: there, any client
 * on this machine could get a port before the process that it is for, or while that process restarts. Safe to use from any thread.
 */
final class FreePorts {

    private static final int FIRST = 11_000;
    private static final int BEHIND_LAST = 15_000;
    private static final int ATTEMPTS = 2_000;

    private final Set<Integer> given = new HashSet<>();

    /**
     * Returns ports that were free a moment ago.
     *
     * @throws StartFailedException if too few are free
     */
    synchronized List<Integer> choose(int count) {
        List<Integer> ports = new ArrayList<>();
        for (int attempt = 0; ports.size() < count; attempt++) {
            if (attempt == ATTEMPTS) {
                throw new StartFailedException(
                        "there are no " + count + " free ports from " + FIRST + " to " + (BEHIND_LAST - 1));
            }
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST);
            if (given.add(port) && isFree(port)) {
                ports.add(port);
            }
        }
        return List.copyOf(ports);
    }

    /** Returns whether nobody listens on this port of the loopback interface, or is connected from it. */
    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}

package dev.freshet.service.port;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Says how many connections the ports may have: clients must leave file descriptors for Redis, files and probes, and heap for
 * everything else.
 */
public final class Descriptors {

    /** For connections to Redis, files that are read later, and connections that are being refused. */
    private static final long MARGIN = 40;

    private static final int MIN_CONNECTIONS = 4;

    /** What a connection takes with its buffers, at most some. */
    private static final long BYTES_A_CONNECTION = 32 << 10;

    private final long forClients;

    Descriptors(long limit, long openNow, long heapBytes) {
        long left = limit - Math.max(openNow + MARGIN, limit / 8);
        this.forClients = Math.min(left, heapBytes / BYTES_A_CONNECTION);
    }

    /** Reads the limits of this process. Where there is none, it does not bind. */
    static Descriptors ofThisProcess() {
        long heapBytes = Runtime.getRuntime().maxMemory();
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? new Descriptors(unix.getMaxFileDescriptorCount(), unix.getOpenFileDescriptorCount(), heapBytes)
                : new Descriptors(Long.MAX_VALUE, 0, heapBytes);
    }

    /** Returns how many connections the data port may have. */
    int dataConnections(int wanted) {
        return atMost(wanted, forClients - forClients / 4);
    }

    /** Returns how many connections a port may have that opens another one for each: they share those of the data port. */
    int proxiedConnections(int wanted) {
        return atMost(wanted, (forClients - forClients / 4) / 4);
    }

    /** Returns how many connections the management port may have. */
    int managementConnections(int wanted) {
        return atMost(wanted, forClients / 4);
    }

    private static int atMost(int wanted, long possible) {
        return (int) Math.min(wanted, Math.max(MIN_CONNECTIONS, possible));
    }
}

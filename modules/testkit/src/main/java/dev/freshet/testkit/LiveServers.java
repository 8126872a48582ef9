package dev.freshet.testkit;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the open servers, and closes them when the JVM ends. */
final class LiveServers {

    private static final Set<RedisServer> SERVERS = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(LiveServers::closeAll, "freshet-testkit-shutdown"));
    }

    private LiveServers() {}

    static void add(RedisServer server) {
        SERVERS.add(server);
    }

    static void remove(RedisServer server) {
        SERVERS.remove(server);
    }

    private static void closeAll() {
        for (RedisServer server : List.copyOf(SERVERS)) {
            try {
                server.close();
            } catch (RuntimeException e) {
                System.err.println("Freshet tests: cannot close " + server + ": " + e);
            }
        }
    }
}

package dev.freshet.testkit;

import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The servers without options that the test classes of this JVM take in turn, so that each class need not start one. A server is used again
 * only if nobody could tell it from a new one: it runs, nobody is connected, and its settings and users are those that it started with.
 */
final class SharedServers {

    private static final int CLIENT_POLLS = 50;
    private static final long CLIENT_POLL_MILLIS = 10;

    private static final Deque<RedisServer> IDLE = new ArrayDeque<>();
    private static final Map<RedisServer, String> SETTINGS_AT_START = new HashMap<>();

    private SharedServers() {}

    /** Returns an empty server that nobody else uses until it is given back. */
    static synchronized RedisServer take() {
        RedisServer idle = IDLE.poll();
        if (idle != null) {
            return idle;
        }
        RedisServer server = RedisServer.started();
        SETTINGS_AT_START.put(server, settings(server));
        return server;
    }

    /** Keeps a server for the next class, or closes it. */
    static synchronized void giveBack(RedisServer server) {
        if (isLikeNew(server)) {
            IDLE.push(server);
        } else {
            SETTINGS_AT_START.remove(server);
            server.close();
        }
    }

    private static boolean isLikeNew(RedisServer server) {
        try {
            server.resume();
            if (!server.isRunning() || !isDeserted(server) || !settings(server).equals(SETTINGS_AT_START.get(server))) {
                return false;
            }
            server.flushAll();
            server.execute("SCRIPT", "FLUSH");
            server.execute("CONFIG", "RESETSTAT");
            return true;
        } catch (IllegalStateException | UncheckedIOException e) {
            return false;
        }
    }

    private static String settings(RedisServer server) {
        return server.execute("CONFIG", "GET", "*") + "\n" + server.execute("ACL", "LIST");
    }

    /** What the tests have closed may still be open here for a moment. */
    private static boolean isDeserted(RedisServer server) {
        for (int i = 0; i < CLIENT_POLLS; i++) {
            // The one that asks.
            if (server.execute("CLIENT", "LIST").lines().count() == 1) {
                return true;
            }
            Pause.millis(CLIENT_POLL_MILLIS);
        }
        return false;
    }
}

package dev.freshet.resp.tracking;

import dev.freshet.resp.commands.CommandTable;

/**
 * The server whose changes are heard, while they are.
 *
 * @param address host and port
 * @param runId the process: behind an address, there may be another one for connections that are made later
 * @param user whom the tracking connection is authenticated as
 * @param commands the server's commands
 */
public record TrackedServer(String address, String runId, String user, CommandTable commands) {

    /** Reads the process from the answer to {@code INFO server}; empty: it is not said. */
    public static String runIdIn(String info) {
        return ServerFacts.runIdIn(info);
    }
}

package dev.freshet.resp.tracking;

import dev.freshet.resp.commands.CommandTable;

/**
 * The server whose changes are heard, while they are.
 *
 * @param address host and port
 * @param user whom the tracking connection is authenticated as
 * @param commands the server's commands
 */
public record TrackedServer(String address, String user, CommandTable commands) {}

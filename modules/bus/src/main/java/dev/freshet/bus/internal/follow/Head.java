package dev.freshet.bus.internal.follow;

import dev.freshet.schema.Position;

/** The head of a region's log as a heartbeat's script read it, and the run_id of the server that ran the script. */
public record Head(long heartbeat, Position position, String runId) {}

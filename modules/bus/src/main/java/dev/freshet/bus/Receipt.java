package dev.freshet.bus;

import dev.freshet.schema.Position;

/**
 * The proof that a change is in the log.
 *
 * @param region the region
 * @param position the position of the last record that carries a part of the change
 * @param loggedAtMicros when that record was appended, on the Redis clock
 */
public record Receipt(String region, Position position, long loggedAtMicros) {}

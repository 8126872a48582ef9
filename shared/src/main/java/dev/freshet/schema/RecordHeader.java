package dev.freshet.schema;

/**
 * What Redis adds in front of a record's body when it appends it.
 *
 * @param position the record's own position
 * @param loggedAtMicros when it was appended, in microseconds since 1970 on the Redis clock
 * @param awaited whether a caller waits for it, so that members are to report it at once when it is applied
 */
public record RecordHeader(Position position, long loggedAtMicros, boolean awaited) {}

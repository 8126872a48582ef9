package dev.freshet.schema;

/**
 * The header that the append script puts in front of a record's body.
 *
 * @param position the record's own position
 * @param loggedAtMicros when the record was appended, in microseconds since 1970 on the Redis clock
 * @param awaited whether a caller waits for the record: members then report at once that they have applied it
 */
public record RecordHeader(Position position, long loggedAtMicros, boolean awaited) {}

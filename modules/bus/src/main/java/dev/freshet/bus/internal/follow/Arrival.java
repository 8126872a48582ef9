package dev.freshet.bus.internal.follow;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Position;

/** A record and when it came, in microseconds on the Redis clock. */
public record Arrival(LoggedRecord record, long receivedAtMicros) {

    Position position() {
        return record.header().position();
    }
}

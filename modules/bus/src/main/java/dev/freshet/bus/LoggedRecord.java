package dev.freshet.bus;

import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;

/** A record as a subscriber receives it. */
public record LoggedRecord(RecordHeader header, RecordBody body) {}

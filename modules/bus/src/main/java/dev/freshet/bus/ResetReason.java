package dev.freshet.bus;

/** Why continuity could not be proven. Its name in lower case is the metric's label. */
public enum ResetReason {
    /** The log is another one than before: it was dropped or flushed, or a new one began. */
    EPOCH,
    /** The head lies behind the position: the server went back to an older state. */
    HEAD_BEHIND,
    /** The server is another one, and may lack records that the former server acknowledged. */
    SERVER,
    /** The log no longer holds the records that were missed. */
    TRIMMED,
    /** A record arrived that this reader cannot read, or must not. */
    UNREADABLE,
    /** Bytes arrived that are not a record. */
    FOREIGN,
    /** The application's reader failed on a record. */
    READER_FAILED,
    /** The memory of broad invalidations is full. */
    OVERFLOW
}

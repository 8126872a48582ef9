package dev.freshet.schema;

/** The result of decoding a frame. Any bytes lead to one of these, never to an exception. */
public sealed interface Decoded {

    /** A record that can be applied. */
    record Intact(RecordHeader header, RecordBody body) implements Decoded {}

    /**
     * A record whose header is valid and whose body is not. The reader resets the region and adopts this position.
     *
     * @param detail for a log; it quotes no bytes of the record
     */
    record Unreadable(RecordHeader header, Refusal refusal, String detail) implements Decoded {}

    /**
     * Bytes without a valid header: not a record. The reader resets the region and keeps its position.
     *
     * @param detail for a log; it quotes no bytes of the frame
     */
    record Foreign(Refusal refusal, String detail) implements Decoded {}

    /** Why bytes were refused. */
    enum Refusal {
        /** The header line is missing or malformed. */
        MALFORMED_HEADER,
        /** The body exceeds {@link Limits#MAX_BODY_BYTES}. */
        TOO_LARGE,
        /** The body is not a message of the schema: truncated, a wrong length or type, text that is not UTF-8. */
        MALFORMED_BODY,
        /** The body needs a reader of a higher revision. */
        NEWER_REVISION,
        /** An invalidation's selector is unset, or of a kind that this reader does not know. */
        UNKNOWN_SELECTOR,
        /** A value breaks a rule of the schema: an empty selector, a name that is too long. */
        INVALID_VALUE
    }
}

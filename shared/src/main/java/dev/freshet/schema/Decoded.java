package dev.freshet.schema;

/** What became of the bytes of a record. Whatever they are, decoding ends in one of these and never in an exception. */
public sealed interface Decoded {

    /** A record that can be applied. */
    record Intact(RecordHeader header, RecordBody body) implements Decoded {}

    /**
     * A record of which only the header can be trusted. The reader resets the region and goes on behind this position.
     *
     * @param detail for a log; it quotes none of the bytes
     */
    record Unreadable(RecordHeader header, Refusal refusal, String detail) implements Decoded {}

    /**
     * Not a record: somebody else's bytes. The reader resets the region and stays where it is.
     *
     * @param detail for a log; it quotes none of the bytes
     */
    record Foreign(Refusal refusal, String detail) implements Decoded {}

    /** Why bytes were refused. */
    enum Refusal {
        /** The header line is missing or not of its form. */
        MALFORMED_HEADER,
        /** The body is larger than any writer may make it. */
        TOO_LARGE,
        /** The body is not of the schema: truncated, lengths that lie, wrong types, text that is not UTF-8. */
        MALFORMED_BODY,
        /** The body needs a newer reader. */
        NEWER_REVISION,
        /** An invalidation's selector is unset, or of a kind that this reader does not know. */
        UNKNOWN_SELECTOR,
        /** A value breaks a rule of the schema: an empty selector, a name that is too long. */
        INVALID_VALUE
    }
}

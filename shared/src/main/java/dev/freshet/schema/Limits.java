package dev.freshet.schema;

/** The bounds of the schema. A value outside them is refused where it enters, with an error that names it. */
public final class Limits {

    /** The longest key, tag or prefix, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 512;

    /** The most names that one selector holds. */
    public static final int MAX_NAMES_PER_SELECTOR = 4096;

    /**
     * The largest body of a record. A much larger message would hit the output buffer limit that Redis sets for
     * subscribers, and so disconnect every one of them.
     */
    public static final int MAX_BODY_BYTES = 256 * 1024;

    /** The longest header line, its line feed included. */
    public static final int MAX_HEADER_BYTES = 128;

    /** The longest origin, in bytes of UTF-8. */
    public static final int MAX_ORIGIN_BYTES = 128;

    /** The revision of the schema that this reader understands; see {@code least_reader_revision}. */
    public static final int READER_REVISION = 1;

    private Limits() {}
}

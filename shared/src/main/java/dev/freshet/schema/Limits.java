package dev.freshet.schema;

/** The bounds of the schema. A value outside them is refused where it enters; the error names the bound. */
public final class Limits {

    /** The longest key, tag or prefix, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 512;

    /** The most names that one selector holds. */
    public static final int MAX_NAMES_PER_SELECTOR = 4096;

    /**
     * The largest body of a record, in bytes. A much larger message would exceed the output buffer limit that Redis sets for
     * subscribers, and Redis would disconnect all of them.
     */
    public static final int MAX_BODY_BYTES = 256 * 1024;

    /** The longest header line in bytes, its line feed included. */
    public static final int MAX_HEADER_BYTES = 128;

    /** The longest origin, in bytes of UTF-8. */
    public static final int MAX_ORIGIN_BYTES = 128;

    /** The revision of this reader: it refuses a record whose {@code least_reader_revision} is higher. */
    public static final int READER_REVISION = 1;

    private Limits() {}
}

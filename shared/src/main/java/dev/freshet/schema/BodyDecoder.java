package dev.freshet.schema;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.freshet.schema.Decoded.Refusal;
import dev.freshet.schema.wire.InvalidationBody;
import dev.freshet.schema.wire.Names;
import dev.freshet.schema.wire.RecordBody;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body into the schema's values without building the generated messages, which were half of a record's cost on every
 * replica. An instance decodes one body.
 *
 * <p>It accepts what the generated parser accepts; a test compares the two. They differ in one case, which no writer
 * produces: selector A, then B, then A again in one invalidation. This class keeps the last A, as the specification of
 * Protocol Buffers says; the generated parser keeps both.
 */
final class BodyDecoder {

    private static final int REVISION = varint(RecordBody.LEAST_READER_REVISION_FIELD_NUMBER);
    private static final int ORIGIN = delimited(RecordBody.ORIGIN_FIELD_NUMBER);
    private static final int BASE = varint(RecordBody.BASE_MICROS_FIELD_NUMBER);
    private static final int CLOCK_ERROR = varint(RecordBody.CLOCK_ERROR_MICROS_FIELD_NUMBER);
    private static final int INVALIDATION = delimited(RecordBody.INVALIDATIONS_FIELD_NUMBER);

    private static final int KEYS = delimited(InvalidationBody.KEYS_FIELD_NUMBER);
    private static final int TAGS = delimited(InvalidationBody.TAGS_FIELD_NUMBER);
    private static final int PREFIXES = delimited(InvalidationBody.PREFIXES_FIELD_NUMBER);
    private static final int ALL = delimited(InvalidationBody.ALL_FIELD_NUMBER);
    private static final int CHANGED = varint(InvalidationBody.CHANGED_DELTA_MICROS_FIELD_NUMBER);
    private static final int ACCEPTED = varint(InvalidationBody.ACCEPTED_DELTA_MICROS_FIELD_NUMBER);
    private static final int VERSION = varint(InvalidationBody.VERSION_FIELD_NUMBER);

    private static final int TRACE = delimited(InvalidationBody.TRACE_CONTEXT_FIELD_NUMBER);

    private static final int NAME = delimited(Names.NAME_FIELD_NUMBER);

    private final RecordHeader header;
    private final CodedInputStream in;
    private int leastReaderRevision;
    private String origin = "";
    private long baseMicros;
    private OptionalLong clockErrorMicros = OptionalLong.empty();

    /** An immutable list while it has at most one element; {@link #add(Invalidation)} replaces it for the second. */
    private List<Invalidation> invalidations = List.of();

    /**
     * The base that the invalidations' times were added to. The field may follow the invalidations, or occur twice; {@link
     * #finish} then corrects the times.
     */
    private long basisMicros;

    /** The first invalid value or unknown selector. Returned only if the rest of the body parses. */
    private Decoded.@Nullable Unreadable refused;

    // ---- the invalidation that is being read

    /** The field tag of the last selector, or 0 before the first. */
    private int selector;

    /** Kept apart from the others, because most selectors have one name and then need no list. */
    private @Nullable String firstName;

    private List<String> furtherNames = List.of();
    private long changedDeltaMicros;
    private long acceptedDeltaMicros;
    private OptionalLong version = OptionalLong.empty();
    private @Nullable TraceContext trace;

    private BodyDecoder(RecordHeader header, CodedInputStream in) {
        this.header = header;
        this.in = in;
    }

    private static int varint(int field) {
        return tag(field, WireFormat.WIRETYPE_VARINT);
    }

    private static int delimited(int field) {
        return tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    }

    private static int tag(int field, int wireType) {
        return field << 3 | wireType;
    }

    /**
     * Reads a body.
     *
     * @throws InvalidProtocolBufferException if the bytes are not a message of the schema
     * @throws IllegalArgumentException if the origin or another field of the body breaks a rule of the schema
     */
    static Decoded decode(RecordHeader header, byte[] frame, int offset, int length) throws IOException {
        BodyDecoder decoder = new BodyDecoder(header, CodedInputStream.newInstance(frame, offset, length));
        decoder.readBody();
        return decoder.finish();
    }

    private void readBody() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == INVALIDATION) {
                int outer = enter();
                readInvalidation();
                leave(outer);
                add();
            } else if (tag == REVISION) {
                leastReaderRevision = in.readUInt32();
            } else if (tag == ORIGIN) {
                origin = in.readStringRequireUtf8();
            } else if (tag == BASE) {
                baseMicros = in.readInt64();
            } else if (tag == CLOCK_ERROR) {
                clockErrorMicros = OptionalLong.of(in.readUInt64());
            } else {
                skip(tag);
            }
        }
    }

    private void readInvalidation() throws IOException {
        selector = 0;
        forgetNames();
        changedDeltaMicros = 0;
        acceptedDeltaMicros = 0;
        version = OptionalLong.empty();
        trace = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == KEYS || tag == TAGS || tag == PREFIXES || tag == ALL) {
                // A selector that is repeated adds its names; a different one replaces the former.
                if (selector != tag) {
                    forgetNames();
                    selector = tag;
                }
                int outer = enter();
                if (tag == ALL) {
                    readNothing();
                } else {
                    readNames();
                }
                leave(outer);
            } else if (tag == CHANGED) {
                changedDeltaMicros = in.readSInt64();
            } else if (tag == ACCEPTED) {
                acceptedDeltaMicros = in.readSInt64();
            } else if (tag == VERSION) {
                version = OptionalLong.of(in.readUInt64());
            } else if (tag == TRACE) {
                trace = TraceContext.read(in.readByteArray());
            } else {
                skip(tag);
            }
        }
    }

    private void readNames() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag != NAME) {
                skip(tag);
            } else if (firstName == null) {
                firstName = in.readStringRequireUtf8();
            } else {
                if (furtherNames.isEmpty()) {
                    furtherNames = new ArrayList<>();
                }
                furtherNames.add(in.readStringRequireUtf8());
            }
        }
    }

    private void forgetNames() {
        firstName = null;
        furtherNames = List.of();
    }

    private void readNothing() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            skip(tag);
        }
    }

    private int enter() throws IOException {
        return in.pushLimit(in.readRawVarint32());
    }

    private void leave(int outer) {
        in.popLimit(outer);
    }

    private void skip(int tag) throws IOException {
        if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
            // Read, as the generated parser does: where the library skips, it refuses numbers that it reads.
            long unused = in.readInt64();
        } else if (!in.skipField(tag)) {
            throw new InvalidProtocolBufferException("end of a group that did not begin, field tag " + tag);
        }
    }

    /** Adds the invalidation that was read, or notes in {@link #refused} why it is invalid. */
    private void add() {
        if (refused != null) {
            return;
        }
        if (invalidations.isEmpty()) {
            basisMicros = baseMicros;
        }
        try {
            Selector selected = selected();
            if (selected == null) {
                refused = new Decoded.Unreadable(
                        header, Refusal.UNKNOWN_SELECTOR, "an invalidation has no selector that this reader knows");
                return;
            }
            add(new Invalidation(
                    selected, basisMicros + changedDeltaMicros, basisMicros + acceptedDeltaMicros, version, trace));
        } catch (IllegalArgumentException e) {
            refused = new Decoded.Unreadable(header, Refusal.INVALID_VALUE, String.valueOf(e.getMessage()));
        }
    }

    private void add(Invalidation invalidation) {
        if (invalidations.isEmpty()) {
            invalidations = List.of(invalidation);
            return;
        }
        if (invalidations.size() == 1) {
            invalidations = new ArrayList<>(invalidations);
        }
        invalidations.add(invalidation);
    }

    private @Nullable Selector selected() {
        if (selector == KEYS) {
            return new Selector.Keys(names());
        } else if (selector == TAGS) {
            return new Selector.Tags(names());
        } else if (selector == PREFIXES) {
            return new Selector.Prefixes(names());
        }
        return selector == ALL ? Selector.all() : null;
    }

    private List<String> names() {
        if (firstName == null) {
            return List.of();
        }
        if (furtherNames.isEmpty()) {
            return List.of(firstName);
        }
        List<String> names = new ArrayList<>(1 + furtherNames.size());
        names.add(firstName);
        names.addAll(furtherNames);
        return names;
    }

    private Decoded finish() {
        // The field is unsigned: a negative int is a very high revision.
        if (Integer.compareUnsigned(leastReaderRevision, Limits.READER_REVISION) > 0) {
            return new Decoded.Unreadable(
                    header,
                    Refusal.NEWER_REVISION,
                    "the record needs reader revision " + Integer.toUnsignedString(leastReaderRevision)
                            + ", this reader has " + Limits.READER_REVISION);
        }
        if (refused != null) {
            return refused;
        }
        if (basisMicros != baseMicros) {
            long laterMicros = baseMicros - basisMicros;
            invalidations = invalidations.stream()
                    .map(early -> early.later(laterMicros))
                    .toList();
        }
        return new Decoded.Intact(header, new dev.freshet.schema.RecordBody(origin, clockErrorMicros, invalidations));
    }
}

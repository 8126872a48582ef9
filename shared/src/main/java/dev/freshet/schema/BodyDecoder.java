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
 * Reads a body into the schema's values, without the generated messages in between: on every replica of a busy region they
 * were half of what a record costs. It takes exactly what the generated parser takes, and understands it alike; a test
 * compares the two. Used once.
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

    private static final int NAME = delimited(Names.NAME_FIELD_NUMBER);

    /** An invalidation as far as it was read: fields come in any order, and the base may come last. */
    private static final class Draft {
        /** The tag of the selector that came last, or 0. */
        int selector;

        final List<String> names = new ArrayList<>(1);
        long changedDeltaMicros;
        long acceptedDeltaMicros;
        OptionalLong version = OptionalLong.empty();
    }

    private final RecordHeader header;
    private final CodedInputStream in;
    private final List<Draft> drafts = new ArrayList<>();
    private int leastReaderRevision;
    private String origin = "";
    private long baseMicros;
    private OptionalLong clockErrorMicros = OptionalLong.empty();

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
     * @throws InvalidProtocolBufferException if the bytes are not of the schema
     * @throws IllegalArgumentException if a value breaks a rule of the schema
     */
    static Decoded decode(RecordHeader header, byte[] frame, int offset, int length) throws IOException {
        BodyDecoder decoder = new BodyDecoder(header, CodedInputStream.newInstance(frame, offset, length));
        decoder.readBody();
        return decoder.finish();
    }

    private void readBody() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == INVALIDATION) {
                Draft draft = new Draft();
                int outer = enter();
                readInvalidation(draft);
                leave(outer);
                drafts.add(draft);
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

    private void readInvalidation(Draft draft) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == KEYS || tag == TAGS || tag == PREFIXES || tag == ALL) {
                // The same selector again adds to the former; another one replaces it.
                if (draft.selector != tag) {
                    draft.names.clear();
                    draft.selector = tag;
                }
                int outer = enter();
                if (tag == ALL) {
                    readNothing();
                } else {
                    readNames(draft.names);
                }
                leave(outer);
            } else if (tag == CHANGED) {
                draft.changedDeltaMicros = in.readSInt64();
            } else if (tag == ACCEPTED) {
                draft.acceptedDeltaMicros = in.readSInt64();
            } else if (tag == VERSION) {
                draft.version = OptionalLong.of(in.readUInt64());
            } else {
                skip(tag);
            }
        }
    }

    private void readNames(List<String> names) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == NAME) {
                names.add(in.readStringRequireUtf8());
            } else {
                skip(tag);
            }
        }
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
        if (!in.skipField(tag)) {
            throw new InvalidProtocolBufferException("a group ends that did not begin");
        }
    }

    private Decoded finish() {
        // An unsigned field that arrives as a negative int is a revision from a very distant future.
        if (Integer.compareUnsigned(leastReaderRevision, Limits.READER_REVISION) > 0) {
            return new Decoded.Unreadable(
                    header,
                    Refusal.NEWER_REVISION,
                    "needs reader revision " + Integer.toUnsignedString(leastReaderRevision) + ", this is "
                            + Limits.READER_REVISION);
        }
        Invalidation[] invalidations = new Invalidation[drafts.size()];
        for (int i = 0; i < invalidations.length; i++) {
            Draft draft = drafts.get(i);
            Selector selector = selectorOf(draft);
            if (selector == null) {
                return new Decoded.Unreadable(
                        header, Refusal.UNKNOWN_SELECTOR, "an invalidation without a known selector");
            }
            invalidations[i] = new Invalidation(
                    selector,
                    baseMicros + draft.changedDeltaMicros,
                    baseMicros + draft.acceptedDeltaMicros,
                    draft.version);
        }
        return new Decoded.Intact(
                header, new dev.freshet.schema.RecordBody(origin, clockErrorMicros, List.of(invalidations)));
    }

    private static @Nullable Selector selectorOf(Draft draft) {
        if (draft.selector == KEYS) {
            return new Selector.Keys(draft.names);
        } else if (draft.selector == TAGS) {
            return new Selector.Tags(draft.names);
        } else if (draft.selector == PREFIXES) {
            return new Selector.Prefixes(draft.names);
        }
        return draft.selector == ALL ? Selector.all() : null;
    }
}

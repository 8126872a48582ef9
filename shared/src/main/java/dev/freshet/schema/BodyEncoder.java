package dev.freshet.schema;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.freshet.schema.wire.InvalidationBody;
import dev.freshet.schema.wire.Names;
import dev.freshet.schema.wire.RecordBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes the bytes that the generated messages would write, without building these messages; a test compares the two. Each
 * nested message is preceded by its length: the first pass measures the lengths, the second writes.
 */
final class BodyEncoder {

    /** The {@code least_reader_revision} of every record: each of today's fields was known to the first reader. */
    private static final int MIN_READER_REVISION = 1;

    private final dev.freshet.schema.RecordBody body;
    private final long baseMicros;
    private final int[] selectorBytes;
    private final int[] invalidationBytes;

    private BodyEncoder(dev.freshet.schema.RecordBody body) {
        this.body = body;
        this.baseMicros = body.invalidations().get(0).acceptedAtMicros();
        this.selectorBytes = new int[body.invalidations().size()];
        this.invalidationBytes = new int[body.invalidations().size()];
    }

    static byte[] encode(dev.freshet.schema.RecordBody body) {
        BodyEncoder encoder = new BodyEncoder(body);
        byte[] bytes = new byte[encoder.measure()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            encoder.write(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("the body does not have its measured length", e);
        }
        return bytes;
    }

    private int measure() {
        int bytes =
                CodedOutputStream.computeUInt32Size(RecordBody.LEAST_READER_REVISION_FIELD_NUMBER, MIN_READER_REVISION);
        if (!body.origin().isEmpty()) {
            bytes += CodedOutputStream.computeStringSize(RecordBody.ORIGIN_FIELD_NUMBER, body.origin());
        }
        if (baseMicros != 0) {
            bytes += CodedOutputStream.computeInt64Size(RecordBody.BASE_MICROS_FIELD_NUMBER, baseMicros);
        }
        if (body.clockErrorMicros().isPresent()) {
            bytes += CodedOutputStream.computeUInt64Size(
                    RecordBody.CLOCK_ERROR_MICROS_FIELD_NUMBER,
                    body.clockErrorMicros().getAsLong());
        }
        for (int i = 0; i < selectorBytes.length; i++) {
            Invalidation invalidation = body.invalidations().get(i);
            selectorBytes[i] = measureNames(invalidation.selector().names());
            invalidationBytes[i] = measure(invalidation, selectorBytes[i]);
            bytes += delimited(RecordBody.INVALIDATIONS_FIELD_NUMBER, invalidationBytes[i]);
        }
        return bytes;
    }

    private int measure(Invalidation invalidation, int itsSelectorBytes) {
        int bytes = delimited(fieldOf(invalidation.selector()), itsSelectorBytes);
        long changed = invalidation.changedAtMicros() - baseMicros;
        if (changed != 0) {
            bytes += CodedOutputStream.computeSInt64Size(InvalidationBody.CHANGED_DELTA_MICROS_FIELD_NUMBER, changed);
        }
        long accepted = invalidation.acceptedAtMicros() - baseMicros;
        if (accepted != 0) {
            bytes += CodedOutputStream.computeSInt64Size(InvalidationBody.ACCEPTED_DELTA_MICROS_FIELD_NUMBER, accepted);
        }
        if (invalidation.version().isPresent()) {
            bytes += CodedOutputStream.computeUInt64Size(
                    InvalidationBody.VERSION_FIELD_NUMBER,
                    invalidation.version().getAsLong());
        }
        if (invalidation.trace() != null) {
            bytes += delimited(InvalidationBody.TRACE_CONTEXT_FIELD_NUMBER, TraceContext.BYTES);
        }
        return bytes;
    }

    private static int measureNames(List<String> names) {
        int bytes = 0;
        for (int i = 0; i < names.size(); i++) {
            bytes += delimited(Names.NAME_FIELD_NUMBER, Syntax.utf8Bytes(names.get(i)));
        }
        return bytes;
    }

    private static int delimited(int field, int contentBytes) {
        return CodedOutputStream.computeTagSize(field)
                + CodedOutputStream.computeUInt32SizeNoTag(contentBytes)
                + contentBytes;
    }

    private void write(CodedOutputStream out) throws IOException {
        out.writeUInt32(RecordBody.LEAST_READER_REVISION_FIELD_NUMBER, MIN_READER_REVISION);
        if (!body.origin().isEmpty()) {
            out.writeString(RecordBody.ORIGIN_FIELD_NUMBER, body.origin());
        }
        if (baseMicros != 0) {
            out.writeInt64(RecordBody.BASE_MICROS_FIELD_NUMBER, baseMicros);
        }
        if (body.clockErrorMicros().isPresent()) {
            out.writeUInt64(
                    RecordBody.CLOCK_ERROR_MICROS_FIELD_NUMBER,
                    body.clockErrorMicros().getAsLong());
        }
        for (int i = 0; i < selectorBytes.length; i++) {
            begin(out, RecordBody.INVALIDATIONS_FIELD_NUMBER, invalidationBytes[i]);
            write(out, body.invalidations().get(i), selectorBytes[i]);
        }
    }

    private void write(CodedOutputStream out, Invalidation invalidation, int itsSelectorBytes) throws IOException {
        begin(out, fieldOf(invalidation.selector()), itsSelectorBytes);
        List<String> names = invalidation.selector().names();
        for (int i = 0; i < names.size(); i++) {
            out.writeString(Names.NAME_FIELD_NUMBER, names.get(i));
        }
        long changed = invalidation.changedAtMicros() - baseMicros;
        if (changed != 0) {
            out.writeSInt64(InvalidationBody.CHANGED_DELTA_MICROS_FIELD_NUMBER, changed);
        }
        long accepted = invalidation.acceptedAtMicros() - baseMicros;
        if (accepted != 0) {
            out.writeSInt64(InvalidationBody.ACCEPTED_DELTA_MICROS_FIELD_NUMBER, accepted);
        }
        if (invalidation.version().isPresent()) {
            out.writeUInt64(
                    InvalidationBody.VERSION_FIELD_NUMBER,
                    invalidation.version().getAsLong());
        }
        TraceContext trace = invalidation.trace();
        if (trace != null) {
            out.writeByteArray(InvalidationBody.TRACE_CONTEXT_FIELD_NUMBER, trace.toBytes());
        }
    }

    private static void begin(CodedOutputStream out, int field, int contentBytes) throws IOException {
        out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag(contentBytes);
    }

    private static int fieldOf(Selector selector) {
        return switch (selector.kind()) {
            case KEYS -> InvalidationBody.KEYS_FIELD_NUMBER;
            case TAGS -> InvalidationBody.TAGS_FIELD_NUMBER;
            case PREFIXES -> InvalidationBody.PREFIXES_FIELD_NUMBER;
            case ALL -> InvalidationBody.ALL_FIELD_NUMBER;
        };
    }
}

package dev.freshet.schema;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.freshet.schema.Decoded.Refusal;
import dev.freshet.schema.wire.Everything;
import dev.freshet.schema.wire.InvalidationBody;
import dev.freshet.schema.wire.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads records: one header line, then the body of {@code record.proto}.
 *
 * <p>{@link #decode} takes any bytes. It refuses what is too large before it looks inside, and allocates in proportion
 * to what really arrived, never to what a length field claims. Stateless.
 */
public final class RecordCodec {

    private static final Parser<dev.freshet.schema.wire.RecordBody> PARSER =
            DiscardUnknownFieldsParser.wrap(dev.freshet.schema.wire.RecordBody.parser());

    /** The revision that today's records need: nothing beyond what the first reader understands. */
    private static final int LEAST_READER_REVISION = 1;

    /** Tags, lengths, two times and a version, each at its longest. */
    private static final int INVALIDATION_OVERHEAD_BYTES = 48;

    /** A name's tag and its length. */
    private static final int NAME_OVERHEAD_BYTES = 3;

    /** Everything in a body that is not an invalidation, at its longest. */
    public static final int BODY_OVERHEAD_BYTES = Limits.MAX_ORIGIN_BYTES + 40;

    private RecordCodec() {}

    /**
     * Returns an upper bound, within a few dozen bytes, of what an invalidation adds to a body. A writer keeps the sum of
     * these and {@link #BODY_OVERHEAD_BYTES} within {@link Limits#MAX_BODY_BYTES}.
     */
    public static int encodedBytesAtMost(Invalidation invalidation) {
        int bytes = INVALIDATION_OVERHEAD_BYTES;
        for (String name : namesOf(invalidation.selector())) {
            bytes += NAME_OVERHEAD_BYTES + utf8BytesAtMost(name);
        }
        return bytes;
    }

    /** Returns the body's bytes, without the header line, which only Redis can write. */
    public static byte[] encodeBody(RecordBody body) {
        long baseMicros = body.invalidations().get(0).acceptedAtMicros();
        var builder = dev.freshet.schema.wire.RecordBody.newBuilder()
                .setLeastReaderRevision(LEAST_READER_REVISION)
                .setOrigin(body.origin())
                .setBaseMicros(baseMicros);
        body.clockErrorMicros().ifPresent(builder::setClockErrorMicros);
        for (Invalidation invalidation : body.invalidations()) {
            builder.addInvalidations(encode(invalidation, baseMicros));
        }
        return builder.build().toByteArray();
    }

    private static InvalidationBody encode(Invalidation invalidation, long baseMicros) {
        InvalidationBody.Builder builder = InvalidationBody.newBuilder()
                .setChangedDeltaMicros(invalidation.changedAtMicros() - baseMicros)
                .setAcceptedDeltaMicros(invalidation.acceptedAtMicros() - baseMicros);
        invalidation.version().ifPresent(builder::setVersion);
        Selector selector = invalidation.selector();
        if (selector instanceof Selector.Keys keys) {
            builder.setKeys(names(keys.keys()));
        } else if (selector instanceof Selector.Tags tags) {
            builder.setTags(names(tags.tags()));
        } else if (selector instanceof Selector.Prefixes prefixes) {
            builder.setPrefixes(names(prefixes.prefixes()));
        } else {
            builder.setAll(Everything.getDefaultInstance());
        }
        return builder.build();
    }

    private static Names names(List<String> names) {
        return Names.newBuilder().addAllName(names).build();
    }

    /**
     * Reads a record as the channel and the log carry it.
     *
     * @param frame any bytes
     */
    public static Decoded decode(byte[] frame) {
        int headerEnd = indexOfLineFeed(frame);
        RecordHeader header = headerEnd < 0 ? null : HeaderLine.parse(frame, headerEnd);
        if (header == null) {
            return new Decoded.Foreign(Refusal.MALFORMED_HEADER, "no header line in " + frame.length + " bytes");
        }
        int bodyOffset = headerEnd + 1;
        int bodyBytes = frame.length - bodyOffset;
        if (bodyBytes > Limits.MAX_BODY_BYTES) {
            return new Decoded.Unreadable(header, Refusal.TOO_LARGE, bodyBytes + " bytes of body");
        }
        try {
            return decodeBody(header, PARSER.parseFrom(CodedInputStream.newInstance(frame, bodyOffset, bodyBytes)));
        } catch (InvalidProtocolBufferException e) {
            return new Decoded.Unreadable(header, Refusal.MALFORMED_BODY, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Decoded.Unreadable(header, Refusal.INVALID_VALUE, String.valueOf(e.getMessage()));
        }
    }

    private static Decoded decodeBody(RecordHeader header, dev.freshet.schema.wire.RecordBody wire) {
        // An unsigned field that arrives as a negative int is a revision from a very distant future.
        if (Integer.compareUnsigned(wire.getLeastReaderRevision(), Limits.READER_REVISION) > 0) {
            return new Decoded.Unreadable(
                    header,
                    Refusal.NEWER_REVISION,
                    "needs reader revision " + Integer.toUnsignedString(wire.getLeastReaderRevision()) + ", this is "
                            + Limits.READER_REVISION);
        }
        List<Invalidation> invalidations = new ArrayList<>(wire.getInvalidationsCount());
        for (InvalidationBody invalidation : wire.getInvalidationsList()) {
            Selector selector = selectorOf(invalidation);
            if (selector == null) {
                return new Decoded.Unreadable(
                        header, Refusal.UNKNOWN_SELECTOR, "an invalidation without a known selector");
            }
            invalidations.add(new Invalidation(
                    selector,
                    wire.getBaseMicros() + invalidation.getChangedDeltaMicros(),
                    wire.getBaseMicros() + invalidation.getAcceptedDeltaMicros(),
                    invalidation.hasVersion() ? OptionalLong.of(invalidation.getVersion()) : OptionalLong.empty()));
        }
        OptionalLong clockError =
                wire.hasClockErrorMicros() ? OptionalLong.of(wire.getClockErrorMicros()) : OptionalLong.empty();
        return new Decoded.Intact(header, new RecordBody(wire.getOrigin(), clockError, invalidations));
    }

    private static @Nullable Selector selectorOf(InvalidationBody invalidation) {
        return switch (invalidation.getSelectorCase()) {
            case KEYS -> new Selector.Keys(invalidation.getKeys().getNameList());
            case TAGS -> new Selector.Tags(invalidation.getTags().getNameList());
            case PREFIXES -> new Selector.Prefixes(invalidation.getPrefixes().getNameList());
            case ALL -> Selector.all();
            case SELECTOR_NOT_SET -> null;
        };
    }

    private static int indexOfLineFeed(byte[] frame) {
        int end = Math.min(frame.length, Limits.MAX_HEADER_BYTES);
        for (int i = 0; i < end; i++) {
            if (frame[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static List<String> namesOf(Selector selector) {
        if (selector instanceof Selector.Keys keys) {
            return keys.keys();
        } else if (selector instanceof Selector.Tags tags) {
            return tags.tags();
        } else if (selector instanceof Selector.Prefixes prefixes) {
            return prefixes.prefixes();
        }
        return List.of();
    }

    private static int utf8BytesAtMost(String name) {
        return Math.min(3 * name.length(), Limits.MAX_NAME_BYTES);
    }
}

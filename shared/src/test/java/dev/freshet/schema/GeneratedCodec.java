package dev.freshet.schema;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.freshet.schema.Decoded.Refusal;
import dev.freshet.schema.wire.Everything;
import dev.freshet.schema.wire.InvalidationBody;
import dev.freshet.schema.wire.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Encodes and decodes bodies with the classes that are generated from the schema: the reference that tests compare the codec with. */
final class GeneratedCodec {

    private GeneratedCodec() {}

    static byte[] encode(RecordBody body) {
        long baseMicros = body.invalidations().get(0).acceptedAtMicros();
        var builder = dev.freshet.schema.wire.RecordBody.newBuilder()
                .setLeastReaderRevision(1)
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
        if (invalidation.trace() != null) {
            builder.setTraceContext(ByteString.copyFrom(invalidation.trace().toBytes()));
        }
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

    /** Returns what the codec must return for a frame, without a refusal's text. */
    static Decoded decode(byte[] frame) {
        int headerEnd = new String(frame, StandardCharsets.ISO_8859_1).indexOf('\n');
        RecordHeader header =
                headerEnd < 0 || headerEnd >= Limits.MAX_HEADER_BYTES ? null : HeaderLine.parse(frame, headerEnd);
        if (header == null) {
            return new Decoded.Foreign(Refusal.MALFORMED_HEADER, "");
        }
        int bodyOffset = headerEnd + 1;
        int bodyBytes = frame.length - bodyOffset;
        if (bodyBytes > Limits.MAX_BODY_BYTES) {
            return new Decoded.Unreadable(header, Refusal.TOO_LARGE, "");
        }
        try {
            return decode(
                    header,
                    dev.freshet.schema.wire.RecordBody.parseFrom(
                            CodedInputStream.newInstance(frame, bodyOffset, bodyBytes)));
        } catch (InvalidProtocolBufferException e) {
            return new Decoded.Unreadable(header, Refusal.MALFORMED_BODY, "");
        } catch (java.io.IOException e) {
            throw new AssertionError("an array was read", e);
        } catch (IllegalArgumentException e) {
            return new Decoded.Unreadable(header, Refusal.INVALID_VALUE, "");
        }
    }

    private static Decoded decode(RecordHeader header, dev.freshet.schema.wire.RecordBody wire) {
        if (Integer.compareUnsigned(wire.getLeastReaderRevision(), Limits.READER_REVISION) > 0) {
            return new Decoded.Unreadable(header, Refusal.NEWER_REVISION, "");
        }
        List<Invalidation> invalidations = new ArrayList<>();
        for (InvalidationBody invalidation : wire.getInvalidationsList()) {
            Selector selector = selectorOf(invalidation);
            if (selector == null) {
                return new Decoded.Unreadable(header, Refusal.UNKNOWN_SELECTOR, "");
            }
            invalidations.add(new Invalidation(
                    selector,
                    wire.getBaseMicros() + invalidation.getChangedDeltaMicros(),
                    wire.getBaseMicros() + invalidation.getAcceptedDeltaMicros(),
                    invalidation.hasVersion() ? OptionalLong.of(invalidation.getVersion()) : OptionalLong.empty(),
                    invalidation.hasTraceContext()
                            ? TraceContext.read(invalidation.getTraceContext().toByteArray())
                            : null));
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

    /** Returns a decoded frame without a refusal's text. */
    static Decoded withoutDetail(Decoded decoded) {
        if (decoded instanceof Decoded.Unreadable unreadable) {
            return new Decoded.Unreadable(unreadable.header(), unreadable.refusal(), "");
        } else if (decoded instanceof Decoded.Foreign foreign) {
            return new Decoded.Foreign(foreign.refusal(), "");
        }
        return decoded;
    }
}

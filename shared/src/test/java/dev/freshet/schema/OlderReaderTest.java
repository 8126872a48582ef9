package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * A reader that was deployed before records named traces. It has the schema without that field, and must not miss an invalidation, nor
 * reset.
 */
final class OlderReaderTest {

    private static final String HEADER = "00c0ffee00c0ffee 42 1767225600000123\n";

    private static final TraceContext TRACE =
            new TraceContext(0x0af7651916cd43ddL, 0x8448eb211c80319cL, 0xb7ad6b7169203331L, (byte) 1);

    private static List<Invalidation> withTrace(List<Invalidation> invalidations, boolean traced) {
        return invalidations.stream()
                .map(each -> new Invalidation(
                        each.selector(),
                        each.changedAtMicros(),
                        each.acceptedAtMicros(),
                        each.version(),
                        traced ? TRACE : null))
                .toList();
    }

    private static List<Invalidation> oneOfEach() {
        return List.of(
                new Invalidation(Selector.keys("user:1", "user:2"), 5, 7, OptionalLong.of(42)),
                new Invalidation(Selector.tags("team:7"), 6, 8, OptionalLong.empty()),
                new Invalidation(Selector.prefixes("user:"), 5, 7, OptionalLong.empty()),
                new Invalidation(Selector.all(), 5, 7, OptionalLong.empty()));
    }

    private static byte[] encoded(boolean traced) {
        return RecordCodec.encodeBody(
                new RecordBody("publisher-1", OptionalLong.of(250), withTrace(oneOfEach(), traced)));
    }

    /** The schema as it was: without the field of the trace. */
    private static FileDescriptor olderSchema() throws DescriptorValidationException {
        FileDescriptorProto.Builder file =
                dev.freshet.schema.wire.RecordBody.getDescriptor().getFile().toProto().toBuilder();
        for (DescriptorProto.Builder message : file.getMessageTypeBuilderList()) {
            if (message.getName().equals("InvalidationBody")) {
                for (int i = message.getFieldCount() - 1; i >= 0; i--) {
                    if (message.getField(i).getName().equals("trace_context")) {
                        message.removeField(i);
                    }
                }
                // The made-up oneof of an optional field goes with it, and it is the last.
                message.clearOneofDecl()
                        .addAllOneofDecl(
                                dev.freshet.schema.wire.InvalidationBody.getDescriptor()
                                        .toProto()
                                        .getOneofDeclList()
                                        .stream()
                                        .filter(oneof -> !oneof.getName().equals("_trace_context"))
                                        .toList());
            }
        }
        return FileDescriptor.buildFrom(file.build(), new FileDescriptor[0]);
    }

    private static DynamicMessage readByOlder(byte[] body)
            throws DescriptorValidationException, InvalidProtocolBufferException {
        return DynamicMessage.parseFrom(olderSchema().findMessageTypeByName("RecordBody"), body);
    }

    @Test
    void anOlderReaderReadsTheSameInvalidationsFromARecordWithTraces() throws Exception {
        DynamicMessage traced = readByOlder(encoded(true));
        DynamicMessage plain = readByOlder(encoded(false));
        assertThat(encoded(true)).hasSizeGreaterThan(encoded(false).length);
        assertThat(fieldsOf(traced)).isEqualTo(fieldsOf(plain));
    }

    private static List<String> fieldsOf(DynamicMessage message) {
        List<String> fields = new ArrayList<>();
        message.getAllFields().forEach((field, value) -> {
            if (value instanceof List<?> several) {
                several.forEach(each -> fields.add(
                        field.getName() + "=" + (each instanceof DynamicMessage inner ? fieldsOf(inner) : each)));
            } else {
                fields.add(field.getName() + "=" + (value instanceof DynamicMessage inner ? fieldsOf(inner) : value));
            }
        });
        return fields;
    }

    @Test
    void anOlderReaderIsNotToldToReset() throws Exception {
        DynamicMessage read = readByOlder(encoded(true));
        assertThat(read.getField(read.getDescriptorForType().findFieldByName("least_reader_revision")))
                .isEqualTo(1);
    }

    @Test
    void thisReaderReadsWhatAnOlderWriterWrites() throws Exception {
        byte[] fromOlder = readByOlder(encoded(false)).toByteArray();
        assertThat(RecordCodec.decode(Golden.frame(HEADER, fromOlder)))
                .isInstanceOfSatisfying(
                        Decoded.Intact.class,
                        intact -> assertThat(intact.body().invalidations()).isEqualTo(oneOfEach()));
    }
}

package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.freshet.schema.Decoded.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any bytes decode to a value: in bounded time, without allocating what a length field claims, and to the value that the
 * generated parser leads to.
 */
@Timeout(120)
class HostileBytesTest {

    private static final byte[] HEADER = "00c0ffee00c0ffee 42 1767225600000123\n".getBytes(StandardCharsets.US_ASCII);
    private static final long MAX_ALLOCATED_BYTES = 64L * 1024 * 1024;
    private static final List<String> SEEDS = List.of(
            "keys",
            "keys-version",
            "keys-non-ascii",
            "tags",
            "prefixes",
            "all",
            "batch",
            "awaited",
            "newer-fields",
            "newer-revision",
            "selector-unset",
            "selector-unknown");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void mutatedRecordsEndInAValue(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 4_000; i++) {
            byte[] frame = Golden.frame(SEEDS.get(random.nextInt(SEEDS.size())));
            int mutations = 1 + random.nextInt(8);
            for (int m = 0; m < mutations; m++) {
                frame = mutate(frame, random);
            }
            assertDecodes(frame, seed + "/" + i);
        }
    }

    @Test
    void everyTruncationEndsInAValue() {
        for (String name : SEEDS) {
            byte[] frame = Golden.frame(name);
            for (int length = 0; length < frame.length; length++) {
                assertDecodes(Arrays.copyOf(frame, length), name + " cut to " + length);
            }
        }
    }

    @Test
    void everySingleBitFlipEndsInAValue() {
        for (String name : SEEDS) {
            byte[] frame = Golden.frame(name);
            for (int bit = 0; bit < frame.length * 8; bit++) {
                byte[] flipped = frame.clone();
                flipped[bit / 8] ^= (byte) (1 << (bit % 8));
                assertDecodes(flipped, name + " with bit " + bit + " flipped");
            }
        }
    }

    @Test
    void noiseEndsInAValue() {
        Random random = new Random(6);
        for (int i = 0; i < 5_000; i++) {
            byte[] body = new byte[random.nextInt(400)];
            random.nextBytes(body);
            assertDecodes(random.nextBoolean() ? body : withHeader(body), "6/" + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000_000, Integer.MAX_VALUE, -1, 300_000})
    void aClaimOfManyBytesIsRefusedWithoutThem(int claimedBytes) throws IOException {
        // The length of the origin, of an invalidation, of an unknown field; then of names within a selector.
        for (int field : new int[] {2, 5, 15}) {
            assertRefused(Refusal.MALFORMED_BODY, body(out -> {
                out.writeTag(field, 2);
                out.writeUInt32NoTag(claimedBytes);
                out.writeRawByte(1);
            }));
        }
        byte[] names = body(out -> {
            out.writeTag(1, 2);
            out.writeUInt32NoTag(claimedBytes);
        });
        assertRefused(Refusal.MALFORMED_BODY, message(5, message(1, names)));
    }

    @Test
    void deepNestingIsRefusedOrSkipped() throws IOException {
        byte[] groups = body(out -> {
            for (int i = 0; i < 100_000; i++) {
                out.writeTag(15, 3);
            }
        });
        assertRefused(Refusal.MALFORMED_BODY, groups);

        byte[] nested = new byte[0];
        for (int i = 0; i < 2_000; i++) {
            nested = message(15, nested);
        }
        assertDecodes(withHeader(nested), "nested messages");
        assertRefused(Refusal.MALFORMED_BODY, message(5, message(1, groups)));
    }

    @Test
    void wrongWireTypesAreNotTakenForTheRightOnes() throws IOException {
        // Protocol Buffers takes a known number with another wire type for an unknown field: no selector is left.
        byte[] keysAsNumber = message(5, body(out -> {
            out.writeTag(1, 0);
            out.writeUInt64NoTag(7);
        }));
        assertRefused(Refusal.UNKNOWN_SELECTOR, keysAsNumber);
        assertRefused(Refusal.MALFORMED_BODY, body(out -> out.writeTag(1, 7)));
        assertRefused(Refusal.MALFORMED_BODY, new byte[] {0});
    }

    /** The base of the times may come last, or twice. An invalid invalidation counts only if the rest of the body parses. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fieldsInAnyOrderMeanTheSame(long seed) throws IOException {
        byte[] name = {'k'};
        byte[] keys = message(1, concat(message(1, name), message(1, new byte[] {'l'})));
        byte[] times = body(out -> {
            out.writeSInt64(5, -7);
            out.writeSInt64(6, Long.MAX_VALUE);
        });
        List<byte[]> common = List.of(
                body(out -> out.writeInt64(3, 1_000)),
                body(out -> out.writeInt64(3, Long.MIN_VALUE)),
                message(2, new byte[] {'o'}),
                body(out -> out.writeUInt64(4, 5)),
                message(5, concat(keys, times)),
                message(5, concat(times, message(2, message(1, name)))),
                message(5, concat(concat(keys, message(3, message(1, name))), times)),
                message(5, message(4, new byte[0])),
                message(15, name));
        List<byte[]> wrong = List.of(
                body(out -> out.writeUInt32(1, 99)),
                message(5, new byte[0]),
                message(5, message(1, new byte[0])),
                message(5, message(1, message(1, new byte[513]))),
                message(5, message(1, message(1, new byte[] {(byte) 0xff}))),
                message(2, new byte[1_000]),
                new byte[] {0});
        Random random = new Random(seed);
        int intact = 0;
        for (int i = 0; i < 4_000; i++) {
            byte[] body = new byte[0];
            int units = 1 + random.nextInt(9);
            for (int u = 0; u < units; u++) {
                List<byte[]> kind = random.nextInt(12) == 0 ? wrong : common;
                body = concat(body, kind.get(random.nextInt(kind.size())));
            }
            intact += assertDecodes(withHeader(body), seed + "/" + i) instanceof Decoded.Intact ? 1 : 0;
        }
        assertThat(intact).isBetween(500, 3_500);
    }

    @Test
    void ofSelectorsThatReplaceEachOtherTheLastCounts() throws IOException {
        byte[] first = message(1, message(1, new byte[] {'a'}));
        byte[] other = message(2, message(1, new byte[] {'b'}));
        byte[] last = message(1, message(1, new byte[] {'c'}));
        Decoded decoded = RecordCodec.decode(withHeader(message(5, concat(concat(first, other), last))));
        assertThat(decoded).isInstanceOfSatisfying(Decoded.Intact.class, intact -> assertThat(
                        intact.body().invalidations().get(0).selector())
                .isEqualTo(Selector.keys("c")));
    }

    @Test
    void valuesAgainstTheRulesAreRefused() throws IOException {
        assertRefused(Refusal.INVALID_VALUE, new byte[0]);
        assertRefused(Refusal.INVALID_VALUE, message(5, message(1, new byte[0])));
        assertRefused(Refusal.INVALID_VALUE, message(5, message(1, message(1, new byte[0]))));
        assertRefused(Refusal.INVALID_VALUE, message(5, message(1, message(1, new byte[513]))));
        assertRefused(Refusal.MALFORMED_BODY, message(5, message(1, message(1, new byte[] {(byte) 0xff}))));
        assertRefused(Refusal.INVALID_VALUE, message(5, body(out -> {
            out.writeByteArray(4, new byte[0]);
            out.writeUInt64(7, 42);
        })));
    }

    @Test
    void aBodyAtTheLimitIsReadAndOneBeyondItIsNot() throws IOException {
        byte[] key = message(5, message(1, message(1, new byte[] {'k'})));
        byte[] padding = body(out -> out.writeByteArray(15, new byte[Limits.MAX_BODY_BYTES - key.length - 4]));
        byte[] largest = concat(key, padding);
        assertThat(largest).hasSize(Limits.MAX_BODY_BYTES);
        assertThat(RecordCodec.decode(withHeader(largest))).isInstanceOf(Decoded.Intact.class);
        assertRefused(Refusal.TOO_LARGE, concat(largest, new byte[1]));
        assertRefused(Refusal.TOO_LARGE, new byte[10_000_000]);
    }

    @Test
    void theMostMessagesThatFitStayWithinBounds() throws IOException {
        for (byte[] unit : List.of(
                message(5, new byte[0]),
                message(5, message(4, new byte[0])),
                message(5, message(1, message(1, new byte[] {'k'}))),
                message(15, new byte[0]),
                message(1, new byte[0]))) {
            byte[] many = new byte[Limits.MAX_BODY_BYTES / unit.length * unit.length];
            for (int i = 0; i < many.length; i++) {
                many[i] = unit[i % unit.length];
            }
            assertDecodes(withHeader(many), "repeated units of " + unit.length);
            byte[] inOne = message(5, message(1, Arrays.copyOf(many, many.length - 64)));
            assertDecodes(withHeader(inOne), "repeated units of " + unit.length + " in one selector");
        }
    }

    private interface Writer {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] body(Writer writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writer.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] message(int field, byte[] content) throws IOException {
        return body(out -> out.writeByteArray(field, content));
    }

    private static byte[] withHeader(byte[] body) {
        return concat(HEADER, body);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void assertRefused(Refusal refusal, byte[] body) {
        assertThat(assertDecodes(withHeader(body), "a body of " + body.length + " bytes"))
                .isInstanceOfSatisfying(Decoded.Unreadable.class, unreadable -> assertThat(unreadable.refusal())
                        .isEqualTo(refusal));
    }

    private static Decoded assertDecodes(byte[] frame, String what) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Decoded decoded;
        try {
            decoded = RecordCodec.decode(frame);
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("decoding " + what + " ended in an exception", e);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes allocated for %s", what)
                .isLessThan(MAX_ALLOCATED_BYTES);
        assertThat(GeneratedCodec.withoutDetail(decoded))
                .as("%s, as the generated parser reads it", what)
                .isEqualTo(GeneratedCodec.decode(frame));
        return decoded;
    }

    private static byte[] mutate(byte[] frame, Random random) {
        int at = frame.length == 0 ? 0 : random.nextInt(frame.length);
        switch (random.nextInt(6)) {
            case 0 -> {
                return Arrays.copyOf(frame, at);
            }
            case 1 -> {
                byte[] noise = new byte[1 + random.nextInt(16)];
                random.nextBytes(noise);
                return concat(concat(Arrays.copyOf(frame, at), noise), Arrays.copyOfRange(frame, at, frame.length));
            }
            case 2 -> {
                int to = Math.min(frame.length, at + 1 + random.nextInt(8));
                return concat(Arrays.copyOf(frame, at), Arrays.copyOfRange(frame, to, frame.length));
            }
            case 3 -> {
                // A wrong length or number: the largest varints that exist.
                byte[] lie = new byte[1 + random.nextInt(10)];
                Arrays.fill(lie, (byte) 0xff);
                lie[lie.length - 1] = (byte) random.nextInt(128);
                return concat(concat(Arrays.copyOf(frame, at), lie), Arrays.copyOfRange(frame, at, frame.length));
            }
            default -> {
                byte[] changed = frame.clone();
                if (changed.length > 0) {
                    changed[at] = (byte) random.nextInt(256);
                }
                return changed;
            }
        }
    }
}

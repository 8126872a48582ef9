package dev.freshet.bus.internal.member;

import dev.freshet.bus.AuditQuery;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A message on a member's own channel. */
public sealed interface MemberMessage {

    /** The heads of this member's regions, as its heartbeat saw them. */
    record Heads(long heartbeat, String runId, Map<String, Position> positions) implements MemberMessage {}

    /** Asks something about a region's entries. The answer goes into a list in Redis, whose name bears the question's id. */
    sealed interface Question extends MemberMessage {
        String id();

        String region();
    }

    /** Asks how many entries these selectors would evict. */
    record CountQuestion(String id, String region, List<Selector> selectors) implements Question {}

    /**
     * Asks how a region is here, when a position was applied (null: none is asked for), and which entries these selectors name (none:
     * none is asked for); see {@link MemberAnswerText}.
     */
    record Inspection(String id, String region, @Nullable Position position, List<Selector> selectors)
            implements Question {}

    /** Asks which entries are held; see {@link AuditText}. */
    record AuditQuestion(String id, String region, AuditQuery query) implements Question {}

    /** Reads a message. Returns null if the bytes are not a message that Freshet writes. */
    static @Nullable MemberMessage parse(byte[] payload) {
        try {
            if (payload.length > 2 && payload[1] == ' ') {
                return switch (payload[0]) {
                    case 'N' -> parseHeads(new String(payload, StandardCharsets.UTF_8));
                    case 'Q', 'I', 'A' -> parseQuestion(payload);
                    default -> null;
                };
            }
        } catch (IllegalArgumentException e) {
            // Bytes from elsewhere. They can only keep a heartbeat without an answer, which confirms nothing.
            return null;
        }
        return null;
    }

    private static @Nullable MemberMessage parseHeads(String text) {
        String[] lines = text.split("\n", -1);
        String[] first = lines[0].split(" ", -1);
        if (first.length < 4) {
            return null;
        }
        Map<String, Position> positions = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            String[] fields = lines[i].split(" ", -1);
            if (fields.length >= 3) {
                positions.put(fields[0], new Position(Position.parseEpoch(fields[1]), Long.parseLong(fields[2])));
            }
        }
        return new Heads(Long.parseLong(first[1]), first[2], positions);
    }

    private static @Nullable MemberMessage parseQuestion(byte[] payload) {
        int lineEnd = 0;
        while (lineEnd < payload.length && payload[lineEnd] != '\n') {
            lineEnd++;
        }
        String[] fields = new String(payload, 0, lineEnd, StandardCharsets.UTF_8).split(" ", -1);
        byte[] frame = Arrays.copyOfRange(payload, Math.min(lineEnd + 1, payload.length), payload.length);
        if (payload[0] == 'I' && frame.length == 0) {
            return inspection(fields, List.of());
        }
        if (!(RecordCodec.decode(frame) instanceof Decoded.Intact intact)) {
            return null;
        }
        List<Selector> selectors = intact.body().invalidations().stream()
                .map(Invalidation::selector)
                .toList();
        return switch (payload[0]) {
            case 'I' -> inspection(fields, selectors);
            case 'A' -> audit(fields, selectors);
            default -> fields.length < 3 ? null : new CountQuestion(fields[1], fields[2], selectors);
        };
    }

    private static @Nullable Inspection inspection(String[] fields, List<Selector> selectors) {
        return fields.length < 4
                ? null
                : new Inspection(
                        fields[1], fields[2], fields[3].equals("-") ? null : Position.parse(fields[3]), selectors);
    }

    private static @Nullable AuditQuestion audit(String[] fields, List<Selector> selectors) {
        return fields.length < 6
                ? null
                : new AuditQuestion(
                        fields[1],
                        fields[2],
                        new AuditQuery(
                                selectors,
                                Long.parseLong(fields[3]),
                                Integer.parseInt(fields[4]),
                                fields[5].equals("1")));
    }

    /** Writes a question. Its selectors travel as a record that is in no log. An older member does not know every kind. */
    static byte[] question(Question question) {
        String whose = question.id() + " " + question.region();
        if (question instanceof Inspection inspection) {
            Position position = inspection.position();
            return withSelectors("I " + whose + " " + (position == null ? "-" : position), inspection.selectors());
        }
        if (question instanceof AuditQuestion audit) {
            AuditQuery query = audit.query();
            return withSelectors(
                    "A " + whose + " " + query.storedBeforeMicros() + " " + query.limit()
                            + (query.hashed() ? " 1" : " 0"),
                    query.selectors());
        }
        return withSelectors("Q " + whose, ((CountQuestion) question).selectors());
    }

    private static byte[] withSelectors(String line, List<Selector> selectors) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
        if (!selectors.isEmpty()) {
            List<Invalidation> invalidations = selectors.stream()
                    .map(selector -> new Invalidation(selector, 0, 0, OptionalLong.empty()))
                    .toList();
            message.writeBytes(
                    (new Position(0, 1).toString().replace('-', ' ') + " 0\n").getBytes(StandardCharsets.US_ASCII));
            message.writeBytes(RecordCodec.encodeBody(new RecordBody("", OptionalLong.empty(), invalidations)));
        }
        return message.toByteArray();
    }
}

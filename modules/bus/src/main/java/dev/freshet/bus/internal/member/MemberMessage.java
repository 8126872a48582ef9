package dev.freshet.bus.internal.member;

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

    /** Asks how many entries of a region these selectors would evict. The answer goes into a list in Redis. */
    record Question(String id, String region, List<Selector> selectors) implements MemberMessage {}

    /**
     * Asks how a region is here, when a position was applied (null: none is asked for), and which entries these selectors name (none:
     * none is asked for). The answer goes into a list in Redis, see {@link MemberAnswerText}.
     */
    record Inspection(String id, String region, @Nullable Position position, List<Selector> selectors)
            implements MemberMessage {}

    /** Reads a message. Returns null if the bytes are not a message that Freshet writes. */
    static @Nullable MemberMessage parse(byte[] payload) {
        try {
            if (payload.length > 2 && payload[1] == ' ') {
                return switch (payload[0]) {
                    case 'N' -> parseHeads(new String(payload, StandardCharsets.UTF_8));
                    case 'Q' -> parseQuestion(payload);
                    case 'I' -> parseInspection(payload);
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
        String[] fields = firstLine(payload).split(" ", -1);
        List<Selector> selectors = selectors(payload);
        return fields.length < 3 || selectors == null ? null : new Question(fields[1], fields[2], selectors);
    }

    private static @Nullable MemberMessage parseInspection(byte[] payload) {
        String[] fields = firstLine(payload).split(" ", -1);
        if (fields.length < 4) {
            return null;
        }
        boolean namesEntries = lineEnd(payload) < payload.length - 1;
        List<Selector> selectors = namesEntries ? selectors(payload) : List.of();
        Position position = fields[3].equals("-") ? null : Position.parse(fields[3]);
        return selectors == null ? null : new Inspection(fields[1], fields[2], position, selectors);
    }

    private static String firstLine(byte[] payload) {
        return new String(payload, 0, lineEnd(payload), StandardCharsets.UTF_8);
    }

    private static int lineEnd(byte[] payload) {
        int end = 0;
        while (end < payload.length && payload[end] != '\n') {
            end++;
        }
        return end;
    }

    /** Returns the selectors behind the first line, or null if there is no record. */
    private static @Nullable List<Selector> selectors(byte[] payload) {
        int lineEnd = lineEnd(payload);
        if (lineEnd == payload.length) {
            return null;
        }
        byte[] frame = Arrays.copyOfRange(payload, lineEnd + 1, payload.length);
        return RecordCodec.decode(frame) instanceof Decoded.Intact intact
                ? intact.body().invalidations().stream()
                        .map(Invalidation::selector)
                        .toList()
                : null;
    }

    /** Writes a question. Its selectors travel as a record that is in no log. */
    static byte[] question(String id, String region, List<Selector> selectors) {
        return withSelectors("Q " + id + " " + region + "\n", selectors);
    }

    /** Writes an inspection. */
    public static byte[] inspection(String id, String region, @Nullable Position position, List<Selector> selectors) {
        String line = "I " + id + " " + region + " " + (position == null ? "-" : position) + "\n";
        return selectors.isEmpty() ? line.getBytes(StandardCharsets.UTF_8) : withSelectors(line, selectors);
    }

    private static byte[] withSelectors(String line, List<Selector> selectors) {
        List<Invalidation> invalidations = selectors.stream()
                .map(selector -> new Invalidation(selector, 0, 0, OptionalLong.empty()))
                .toList();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(line.getBytes(StandardCharsets.UTF_8));
        message.writeBytes(
                (new Position(0, 1).toString().replace('-', ' ') + " 0\n").getBytes(StandardCharsets.US_ASCII));
        message.writeBytes(RecordCodec.encodeBody(new RecordBody("", OptionalLong.empty(), invalidations)));
        return message.toByteArray();
    }
}

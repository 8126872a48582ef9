package dev.freshet.publisher.change;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.freshet.bus.Change;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import dev.freshet.service.Problem.FieldFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a change from the bytes of one JSON object, strictly: an unknown or repeated field, a wrong type, an empty or too
 * long name are faults, and every fault is found. Safe to use from any thread.
 */
public final class ChangeParser {

    /** What was read. */
    public sealed interface Parsed {}

    /**
     * A change that can be published.
     *
     * @param names how many keys, tags and prefixes it names; "all" counts as one
     */
    public record Valid(String region, Change change, int names) implements Parsed {}

    /** What is wrong; at least one fault. */
    public record Invalid(List<FieldFault> faults) implements Parsed {}

    /** A selector of many names is split into several, so that none is too large for a record. */
    private static final int SELECTOR_BYTES = Limits.MAX_BODY_BYTES / 4;

    private static final int MAX_FAULTS = 100;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");
    private static final String WHOLE = "body";

    // One bit a field, to tell which were given.
    private static final int REGION = 1;
    private static final int KEYS = 2;
    private static final int TAGS = 4;
    private static final int PREFIXES = 8;
    private static final int ALL = 16;
    private static final int CHANGED_AT = 32;
    private static final int VERSION = 64;

    private final JsonFactory json = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxNumberLength(100)
                    .maxNameLength(1000)
                    .build())
            .build();
    private final Set<String> regions;
    private final int maximumNames;

    /**
     * @param regions the only ones that are taken; empty: any
     * @param maximumNames how many names an object holds at most, since more would never find room in the queue
     */
    public ChangeParser(Set<String> regions, int maximumNames) {
        this.regions = regions;
        this.maximumNames = maximumNames;
    }

    /**
     * Reads one object.
     *
     * @param awaited whether members are to report at once that they applied it
     * @param forced whether it goes however many entries it would evict
     */
    public Parsed parse(byte[] bytes, int offset, int length, boolean awaited, boolean forced) {
        boolean utf8 = isAscii(bytes, offset, length) || isUtf8(bytes, offset, length);
        Reading reading = new Reading(awaited, forced);
        try (JsonParser parser = json.createParser(bytes, offset, length)) {
            reading.readObject(parser);
        } catch (JsonProcessingException e) {
            // Not the exception's own message: it tells of Java classes.
            String wellFormed = utf8 ? "JSON" : "UTF-8";
            long stoppedAt = Math.max(0, e.getLocation().getByteOffset());
            reading.fault(
                    reading.place(), "must be well-formed " + wellFormed + "; reading stopped at byte " + stoppedAt);
        } catch (IOException e) {
            // Nothing is read but memory: the library took it for UTF-16 or UTF-32, which it then turned out not to be.
            reading.fault(WHOLE, "must be well-formed UTF-8");
        }
        if (!utf8 && reading.isComplete) {
            reading.fault(WHOLE, "must be well-formed UTF-8"); // The library lets some of it pass.
        }
        return reading.result();
    }

    /** Begins to read a body of many objects, one a line. */
    public Lines lines() {
        return new Lines();
    }

    /**
     * Reads the lines of one body, with the same results as {@link ChangeParser#parse} for each. As long as nothing is wrong
     * they share one parser of the library's, since to make one takes as long as to read a line; the first line that is not
     * simply right is read by itself, and so is told of by itself. Used by one thread at a time.
     */
    public final class Lines implements AutoCloseable {
        private byte[] bytes = {};
        private int start;
        private @Nullable JsonParser shared;

        /** Reads the line at this place; of an array that was read from before, it is one behind the last. */
        public Parsed parse(byte[] in, int offset, int length, boolean awaited, boolean forced) {
            if (isAscii(in, offset, length) || isUtf8(in, offset, length)) {
                Valid valid = parseShared(in, offset, length, new Reading(awaited, forced));
                if (valid != null) {
                    return valid;
                }
            }
            close(); // wherever it stands now, that is not between two lines
            return ChangeParser.this.parse(in, offset, length, awaited, forced);
        }

        private @Nullable Valid parseShared(byte[] in, int offset, int length, Reading reading) {
            try {
                JsonParser parser = parserAt(in, offset);
                if (!reading.readMembers(parser)) {
                    return null;
                }
                reading.isComplete = true;
                long read = parser.currentLocation().getByteOffset();
                if (read < 0) {
                    return null; // The library takes it for UTF-16 or UTF-32, and counts no bytes.
                }
                int end = start + Math.toIntExact(read);
                if (end > offset + length || !LineBuffer.isBlank(in, end, offset + length)) {
                    return null;
                }
                return reading.result() instanceof Valid valid ? valid : null;
            } catch (IOException e) {
                return null;
            }
        }

        private JsonParser parserAt(byte[] in, int offset) throws IOException {
            JsonParser parser = shared;
            if (parser == null || in != bytes) {
                close();
                parser = json.createParser(in, offset, in.length - offset);
                shared = parser;
                bytes = in;
                start = offset;
            }
            return parser;
        }

        @Override
        public void close() {
            JsonParser parser = shared;
            shared = null;
            if (parser != null) {
                try {
                    parser.close();
                } catch (IOException e) {
                    throw new UncheckedIOException("reading from memory", e);
                }
            }
        }
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int all = 0;
        for (int i = offset; i < offset + length; i++) {
            all |= bytes[i];
        }
        return all >= 0;
    }

    private static boolean isUtf8(byte[] bytes, int offset, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** One object while it is being read. */
    private final class Reading {
        private final boolean awaited;
        private final boolean forced;
        private final List<Selector> selectors = new ArrayList<>(1);
        private final List<FieldFault> faults = new ArrayList<>(0);
        private int seen;
        private boolean selectorGiven;
        private boolean isComplete;
        private @Nullable String region;
        private @Nullable Instant changedAt;
        private OptionalLong version = OptionalLong.empty();

        /** Where the parser is, to say so if the JSON breaks off there. */
        private String field = WHOLE;

        private int index = -1;

        private int namesGiven;

        Reading(boolean awaited, boolean forced) {
            this.awaited = awaited;
            this.forced = forced;
        }

        /** Reads an object and what should be the end behind it. */
        void readObject(JsonParser parser) throws IOException {
            if (readMembers(parser)) {
                if (parser.nextToken() != null) {
                    fault(WHOLE, "must be one JSON object, with nothing behind it");
                }
                isComplete = true;
            }
        }

        /** Reads an object, up to its end and no further. Returns whether it is one. */
        boolean readMembers(JsonParser parser) throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                fault(WHOLE, "must be a JSON object");
                return false;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                readField(name, parser);
                field = WHOLE;
            }
            return true;
        }

        private void readField(String name, JsonParser parser) throws IOException {
            switch (name) {
                case "region" -> readRegion(enter(REGION, name), parser);
                case "keys" -> readNames(enter(KEYS, name), parser, Selector.Keys::new);
                case "tags" -> readNames(enter(TAGS, name), parser, Selector.Tags::new);
                case "prefixes" -> readNames(enter(PREFIXES, name), parser, Selector.Prefixes::new);
                case "all" -> readAll(enter(ALL, name), parser);
                case "changedAt" -> readChangedAt(enter(CHANGED_AT, name), parser);
                case "version" -> readVersion(enter(VERSION, name), parser);
                default -> {
                    String shown = name.length() <= 64 ? name : name.substring(0, 64) + "…";
                    fault(shown, "is not a field; these are: region, keys, tags, prefixes, all, changedAt, version");
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }

        private String enter(int bit, String name) {
            field = name;
            if (isSeen(bit)) {
                fault(name, "must be given once, but is repeated");
            }
            seen |= bit;
            return name;
        }

        private void readRegion(String name, JsonParser parser) throws IOException {
            String text = parser.nextTextValue();
            if (text == null) {
                wrongType(name, "a text", parser);
                return;
            }
            String fault = faultInRegion(text);
            if (fault != null) {
                fault(name, fault);
            }
            region = text;
        }

        private @Nullable String faultInRegion(String text) {
            if (regions.isEmpty()) {
                return Syntax.faultInRegion(text).orElse(null);
            }
            if (regions.contains(text)) {
                return null;
            }
            return Syntax.faultInRegion(text)
                    .orElseGet(() -> "must be one of " + String.join(", ", regions) + ", not \"" + text + "\"");
        }

        private void readNames(String name, JsonParser parser, Function<List<String>, Selector> toSelector)
                throws IOException {
            selectorGiven = true;
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                wrongType(name, "a list of texts", parser);
                return;
            }
            List<String> names = new ArrayList<>(2);
            int bytes = 0;
            index = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
                if (text == null) {
                    wrongType(place(), "a text", parser);
                } else if (checkName(name, text)) {
                    if (names.size() == Limits.MAX_NAMES_PER_SELECTOR || bytes + 3 * text.length() > SELECTOR_BYTES) {
                        select(toSelector, names);
                        names = new ArrayList<>();
                        bytes = 0;
                    }
                    names.add(text);
                    bytes += 3 * text.length();
                }
                index++;
            }
            namesGiven += index;
            if (index == 0) {
                fault(name, "must not be empty");
            } else {
                select(toSelector, names);
            }
            index = -1;
        }

        private void select(Function<List<String>, Selector> toSelector, List<String> names) {
            if (faults.isEmpty() && !names.isEmpty()) {
                selectors.add(toSelector.apply(names));
            }
        }

        private boolean checkName(String name, String text) {
            String fault = Syntax.faultInName(text).orElse(null);
            if (fault != null) {
                boolean emptyPrefix = text.isEmpty() && name.equals("prefixes");
                fault(place(), emptyPrefix ? fault + "; to evict everything say \"all\": true" : fault);
            }
            return fault == null;
        }

        private void readAll(String name, JsonParser parser) throws IOException {
            JsonToken token = parser.nextToken();
            selectorGiven |= token != JsonToken.VALUE_FALSE;
            if (token == JsonToken.VALUE_TRUE) {
                selectors.add(Selector.all());
                namesGiven++;
            } else if (token != JsonToken.VALUE_FALSE) {
                wrongType(name, "true or false", parser);
            }
        }

        private void readChangedAt(String name, JsonParser parser) throws IOException {
            String text = parser.nextTextValue();
            if (text == null) {
                wrongType(name, "a time like \"2026-01-01T00:00:00.000001Z\"", parser);
                return;
            }
            try {
                Instant instant = Instant.parse(text);
                if (instant.isBefore(Instant.EPOCH) || instant.isAfter(LATEST)) {
                    fault(name, "must be from 1970 to 9999");
                }
                changedAt = instant;
            } catch (DateTimeException e) {
                fault(name, "must be a time like \"2026-01-01T00:00:00.000001Z\"");
            }
        }

        private void readVersion(String name, JsonParser parser) throws IOException {
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                wrongType(name, "a whole number", parser);
                return;
            }
            boolean fits = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
            if (!fits || parser.getLongValue() < 0) {
                fault(name, "must be 0 to " + Long.MAX_VALUE);
                return;
            }
            version = OptionalLong.of(parser.getLongValue());
        }

        private void wrongType(String name, String expected, JsonParser parser) throws IOException {
            JsonToken token = parser.currentToken();
            String given = token == null
                    ? "nothing"
                    : switch (token) {
                        case START_OBJECT -> "an object";
                        case START_ARRAY -> "a list";
                        case VALUE_STRING -> "a text";
                        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                        case VALUE_TRUE, VALUE_FALSE -> "true or false";
                        default -> "null";
                    };
            fault(name, "must be " + expected + ", not " + given);
            parser.skipChildren();
        }

        private void fault(String name, String fault) {
            if (faults.size() < MAX_FAULTS) {
                faults.add(new FieldFault(name, fault));
            }
        }

        /** The field that is being read. The text is made only where something is wrong. */
        String place() {
            return index < 0 ? field : field + "[" + index + "]";
        }

        Parsed result() {
            // Where reading broke off, what comes later cannot be called missing.
            if (isComplete && !isSeen(REGION)) {
                fault("region", "must be given");
            }
            if (isComplete && !selectorGiven) {
                fault("keys", "must be given, or tags, prefixes or \"all\": true; a change names what to evict");
            }
            if (version.isPresent()
                    && (!selectors.stream().allMatch(Selector.Keys.class::isInstance)
                            || isSeen(TAGS)
                            || isSeen(PREFIXES))) {
                fault("version", "must be given with keys only");
            }
            if (namesGiven > maximumNames) {
                fault(
                        "keys",
                        "must be, with tags and prefixes, at most " + maximumNames
                                + " in one object (queue.maximum-invalidations), not " + namesGiven);
            }
            if (!faults.isEmpty() || region == null) {
                return new Invalid(List.copyOf(faults));
            }
            return new Valid(region, new Change(selectors, changedAt, version, awaited, forced), namesGiven);
        }

        private boolean isSeen(int bit) {
            return (seen & bit) != 0;
        }
    }
}

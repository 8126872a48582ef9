package dev.freshet.publisher.change;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.freshet.bus.Change;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import dev.freshet.schema.TraceContext;
import dev.freshet.service.config.Units;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.StrictJson;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One JSON object while it is read: the fields found so far, and the faults. Not thread-safe. */
final class ChangeReading {

    /** Selectors of many names are cut into pieces of about this size, so that each piece fits into a record. */
    private static final int SELECTOR_BYTES = Limits.MAX_BODY_BYTES / 4;

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");
    private static final List<String> FIELDS =
            List.of("region", "keys", "tags", "prefixes", "all", "changedAt", "version", "traceparent");

    // One bit a field, to know which fields were given.
    private static final int REGION = 1;
    private static final int KEYS = 2;
    private static final int TAGS = 4;
    private static final int PREFIXES = 8;
    private static final int ALL = 16;
    private static final int CHANGED_AT = 32;
    private static final int VERSION = 64;
    private static final int TRACEPARENT = 128;

    private final Set<String> regions;
    private final int maximumNames;
    private final boolean awaited;
    private final boolean forced;
    private final List<Selector> selectors = new ArrayList<>(1);
    private final Faults faults = new Faults();
    private final StrictJson json = new StrictJson(faults);
    private int seen;
    private boolean selectorGiven;
    private boolean isComplete;
    private @Nullable String region;
    private @Nullable Instant changedAt;
    private OptionalLong version = OptionalLong.empty();
    private @Nullable TraceContext trace;

    private int namesGiven;

    ChangeReading(Set<String> regions, int maximumNames, boolean awaited, boolean forced) {
        this.regions = regions;
        this.maximumNames = maximumNames;
        this.awaited = awaited;
        this.forced = forced;
    }

    /** Reads an object and expects the end of the bytes after it. */
    void read(byte[] bytes, int offset, int length) {
        isComplete = json.read(bytes, offset, length, this::readMembers);
    }

    /** Reads an object, up to its end and no further. Returns false if the next token begins no object. */
    boolean readMembers(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            json.fault(StrictJson.WHOLE, "must be a JSON object");
            return false;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            readField(name, parser);
            json.at(StrictJson.WHOLE);
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
            case "traceparent" -> readTraceparent(enter(TRACEPARENT, name), parser);
            default -> {
                json.unknown("", name, FIELDS);
                parser.nextToken();
                parser.skipChildren();
            }
        }
    }

    private String enter(int bit, String name) {
        json.at(name);
        if (isSeen(bit)) {
            json.repeated(name);
        }
        seen |= bit;
        return name;
    }

    private void readRegion(String name, JsonParser parser) throws IOException {
        String text = parser.nextTextValue();
        if (text == null) {
            json.wrongType(name, "a text", parser);
            return;
        }
        String fault = faultInRegion(text);
        if (fault != null) {
            json.fault(name, fault);
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
            json.wrongType(name, "a list of texts", parser);
            return;
        }
        List<String> names = new ArrayList<>(2);
        int bytes = 0;
        int count = 0;
        json.atItem(0);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
            if (text == null) {
                json.wrongType(json.place(), "a text", parser);
            } else if (checkName(name, text)) {
                if (names.size() == Limits.MAX_NAMES_PER_SELECTOR || bytes + 3 * text.length() > SELECTOR_BYTES) {
                    select(toSelector, names);
                    names = new ArrayList<>();
                    bytes = 0;
                }
                names.add(text);
                bytes += 3 * text.length();
            }
            json.atItem(++count);
        }
        json.atEndOfList();
        namesGiven += count;
        if (count == 0) {
            json.fault(name, "must not be empty");
        } else {
            select(toSelector, names);
        }
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
            json.fault(json.place(), emptyPrefix ? fault + "; to evict the whole region, send \"all\": true" : fault);
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
            json.wrongType(name, "true or false", parser);
        }
    }

    private void readChangedAt(String name, JsonParser parser) throws IOException {
        String text = parser.nextTextValue();
        if (text == null) {
            json.wrongType(name, "a time like \"2026-01-01T00:00:00.000001Z\"", parser);
            return;
        }
        try {
            Instant instant = Instant.parse(text);
            if (instant.isBefore(Instant.EPOCH) || instant.isAfter(LATEST)) {
                json.fault(name, "must be from 1970 to 9999, not " + Units.quote(text));
            }
            changedAt = instant;
        } catch (DateTimeException e) {
            json.fault(name, "must be a time like \"2026-01-01T00:00:00.000001Z\", not " + Units.quote(text));
        }
    }

    private void readVersion(String name, JsonParser parser) throws IOException {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            json.fault(name, "must be a whole number, not " + parser.getText());
            return;
        }
        if (token != JsonToken.VALUE_NUMBER_INT) {
            json.wrongType(name, "a whole number", parser);
            return;
        }
        boolean fits = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!fits || parser.getLongValue() < 0) {
            json.fault(name, "must be 0 to " + Long.MAX_VALUE + ", not " + parser.getText());
            return;
        }
        version = OptionalLong.of(parser.getLongValue());
    }

    /** As the header of that name: one that is not valid is none. */
    private void readTraceparent(String name, JsonParser parser) throws IOException {
        String text = parser.nextTextValue();
        if (text == null) {
            json.wrongType(name, "a text", parser);
        } else {
            trace = TraceContext.parse(text);
        }
    }

    /** Notes that the object was read to its end, so that what was not given is missing. */
    void complete() {
        isComplete = true;
    }

    /** Returns the change, or all faults. */
    ParsedChange result() {
        if (isComplete && !isSeen(REGION)) {
            json.fault("region", "must be given");
        }
        if (isComplete && !selectorGiven) {
            json.fault("keys", "must be given, or tags, prefixes or \"all\": true; a change names what to evict");
        }
        if (version.isPresent()
                && (!selectors.stream().allMatch(Selector.Keys.class::isInstance)
                        || isSeen(TAGS)
                        || isSeen(PREFIXES))) {
            json.fault("version", "must be given with keys only");
        }
        if (namesGiven > maximumNames) {
            json.fault(
                    "keys",
                    "must be at most " + maximumNames + " together with tags and prefixes"
                            + " (queue.maximum-invalidations), not " + namesGiven + "; send several objects");
        }
        if (!faults.isEmpty() || region == null) {
            return new ParsedChange.Invalid(faults.asList());
        }
        return new ParsedChange.Valid(
                region, new Change(selectors, changedAt, version, awaited, forced, trace), namesGiven);
    }

    private boolean isSeen(int bit) {
        return (seen & bit) != 0;
    }
}

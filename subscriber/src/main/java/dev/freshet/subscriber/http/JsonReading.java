package dev.freshet.subscriber.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.freshet.service.Faults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON object of a request's body strictly: an unknown, repeated or missing field, a wrong type, and anything after the
 * object are faults that name the field. Not thread-safe.
 */
final class JsonReading {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_CHARS = 100;
    private static final int MAX_NAME_CHARS = 1000;
    private static final int MAX_SHOWN_CHARS = 64;

    /** Further faults are dropped, so that a small request cannot ask for a large answer. */
    private static final int MAX_FAULTS = 100;

    private static final String WHOLE = "body";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .build())
            .build();

    private final JsonParser parser;
    private final Faults faults;

    /** What is being read. If the JSON breaks off, the fault names it. */
    private String place = WHOLE;

    /** Reads one field, at whose value the reading stands. */
    interface Field {
        void read(String name) throws IOException;
    }

    /** Reads one item of a list, at which the reading stands. */
    interface Item {
        void read(int index) throws IOException;
    }

    /** Reads the whole object. */
    interface Content {
        void read(JsonReading reading) throws IOException;
    }

    private JsonReading(JsonParser parser, Faults faults) {
        this.parser = parser;
        this.faults = faults;
    }

    /** Reads a body. If this adds a fault, what was read must not be used. */
    static void read(String body, Faults faults, Content content) {
        try (JsonParser parser = JSON.createParser(body)) {
            new JsonReading(parser, faults).readWhole(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // A text in memory cannot fail.
        }
    }

    private void readWhole(Content content) throws IOException {
        try {
            parser.nextToken();
            content.read(this);
            if (parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() != null) {
                fault(WHOLE, "must be one JSON object, with nothing after it");
            }
        } catch (StreamConstraintsException e) {
            fault(
                    place,
                    "must be nested at most " + MAX_DEPTH + " levels deep, with names of at most " + MAX_NAME_CHARS
                            + " and numbers of at most " + MAX_NUMBER_CHARS + " characters");
        } catch (JsonProcessingException e) {
            // Not the exception's own message: it names Java classes.
            JsonLocation location = e.getLocation();
            fault(
                    place,
                    "must be well-formed JSON; reading stopped at character "
                            + (location == null ? 0 : Math.max(0, location.getCharOffset())));
        }
    }

    /**
     * Reads an object. All its fields are required.
     *
     * @param path what the object is within the body, as {@code leases[3]}; empty: the body
     */
    void fields(String path, List<String> names, Field field) throws IOException {
        if (!isAt(JsonToken.START_OBJECT)) {
            wrongType(path.isEmpty() ? WHOLE : path, path.isEmpty() ? "a JSON object" : "an object");
            return;
        }
        String prefix = path.isEmpty() ? "" : path + ".";
        Set<String> seen = new HashSet<>(4);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            String shown =
                    prefix + (name.length() <= MAX_SHOWN_CHARS ? name : name.substring(0, MAX_SHOWN_CHARS) + "…");
            place = shown;
            parser.nextToken();
            if (!names.contains(name)) {
                fault(shown, "is not a field; the fields are: " + String.join(", ", names));
                parser.skipChildren();
            } else if (!seen.add(name)) {
                fault(shown, "must be given once, but is repeated");
                parser.skipChildren();
            } else {
                field.read(name);
            }
            place = path.isEmpty() ? WHOLE : path;
        }
        names.stream().filter(name -> !seen.contains(name)).forEach(name -> fault(prefix + name, "must be given"));
    }

    /**
     * Reads a list that must have 1 to {@code maximum} items.
     *
     * @param item reads the item at which the reading stands
     */
    void items(String name, String kind, int maximum, Item item) throws IOException {
        if (!isAt(JsonToken.START_ARRAY)) {
            wrongType(name, "a list of " + kind);
            return;
        }
        int count = 0;
        place = name + "[0]";
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count < maximum) {
                item.read(count);
            } else {
                parser.skipChildren();
            }
            count++;
            place = name + "[" + count + "]";
        }
        if (count == 0) {
            fault(name, "must not be empty");
        } else if (count > maximum) {
            fault(name, "must have at most " + maximum + " items, not " + count + "; send several requests");
        }
    }

    /** Returns the text at which the reading stands; null if it is no text, after adding a fault. */
    @Nullable
    String text(String name) throws IOException {
        if (isAt(JsonToken.VALUE_STRING)) {
            return parser.getText();
        }
        wrongType(name, "a text");
        return null;
    }

    void fault(String field, String fault) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(field, fault);
        }
    }

    private void wrongType(String name, String expected) throws IOException {
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

    private boolean isAt(JsonToken token) {
        return parser.currentToken() == token;
    }
}

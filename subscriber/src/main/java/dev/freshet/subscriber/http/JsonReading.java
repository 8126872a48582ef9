package dev.freshet.subscriber.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.StrictJson;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON object of a request's body strictly: an unknown, repeated or missing field, a wrong type, and anything after the
 * object are faults that name the field. Not thread-safe.
 */
final class JsonReading {

    private final JsonParser parser;
    private final StrictJson json;

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

    private JsonReading(JsonParser parser, StrictJson json) {
        this.parser = parser;
        this.json = json;
    }

    /** Reads a body. If this adds a fault, what was read must not be used. */
    static void read(byte[] body, Faults faults, Content content) {
        StrictJson json = new StrictJson(faults);
        json.read(body, 0, body.length, parser -> {
            boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
            content.read(new JsonReading(parser, json));
            return isObject;
        });
    }

    /**
     * Reads an object. All its fields are required.
     *
     * @param path what the object is within the body, as {@code leases[3]}; empty: the body
     */
    void fields(String path, List<String> names, Field field) throws IOException {
        if (!isAt(JsonToken.START_OBJECT)) {
            wrongType(path.isEmpty() ? StrictJson.WHOLE : path, path.isEmpty() ? "a JSON object" : "an object");
            return;
        }
        String prefix = path.isEmpty() ? "" : path + ".";
        Set<String> seen = new HashSet<>(4);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            json.at(prefix + StrictJson.shown(name));
            parser.nextToken();
            if (!names.contains(name)) {
                json.unknown(prefix, name, names);
                parser.skipChildren();
            } else if (!seen.add(name)) {
                json.repeated(prefix + name);
                parser.skipChildren();
            } else {
                field.read(name);
            }
            json.at(path.isEmpty() ? StrictJson.WHOLE : path);
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
        json.atItem(0);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count < maximum) {
                item.read(count);
            } else {
                parser.skipChildren();
            }
            count++;
            json.at(name); // An item with fields has moved on.
            json.atItem(count);
        }
        json.atEndOfList();
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
        json.fault(field, fault);
    }

    private void wrongType(String name, String expected) throws IOException {
        json.wrongType(name, expected, parser);
    }

    private boolean isAt(JsonToken token) {
        return parser.currentToken() == token;
    }
}

package dev.freshet.service.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.List;

/**
 * Reads one JSON object that a client sent, and collects what is wrong with it. The application reads the fields, and names the
 * place at which it reads, so that a fault of the JSON itself names it too. Not thread-safe.
 */
public final class StrictJson {

    /** What a fault names that is no field's. */
    public static final String WHOLE = "body";

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_CHARS = 100;
    private static final int MAX_NAME_CHARS = 1000;
    private static final int MAX_SHOWN_CHARS = 64;

    /** Further faults are dropped, so that a small request cannot ask for a large answer. */
    private static final int MAX_FAULTS = 100;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .build())
            .build();

    private final Faults faults;

    /** What is read now. */
    private String field = WHOLE;

    /** The index in the list that is read now; -1 outside a list. */
    private int index = -1;

    /** Reads the fields of an object. */
    @FunctionalInterface
    public interface Content {

        /**
         * Reads an object up to its end and no further.
         *
         * @param parser stands before the object's first token
         * @return whether there was an object
         */
        boolean read(JsonParser parser) throws IOException;
    }

    /** @param faults where faults are added; at most 100 are */
    public StrictJson(Faults faults) {
        this.faults = faults;
    }

    /** Returns a parser whose depth, numbers and names are bounded. It lets some malformed UTF-8 pass. */
    public static JsonParser open(byte[] bytes, int offset, int length) throws IOException {
        return JSON.createParser(bytes, offset, length);
    }

    /**
     * Reads the object, and expects the end of the bytes after it. If this adds a fault, what was read must not be used.
     *
     * @return whether the bytes are one object, to their end
     */
    public boolean read(byte[] bytes, int offset, int length, Content content) {
        boolean utf8 = Utf8.isWellFormed(bytes, offset, length) && !isWide(bytes, offset, length);
        try (JsonParser parser = open(bytes, offset, length)) {
            if (!content.read(parser)) {
                return false;
            }
            if (parser.nextToken() != null) {
                fault(WHOLE, "must be one JSON object, with nothing after it");
            }
            if (!utf8) {
                notUtf8(); // Jackson lets some malformed bytes pass.
            }
            return true;
        } catch (StreamConstraintsException e) {
            fault(
                    place(),
                    "must be nested at most " + MAX_DEPTH + " levels deep, with names of at most " + MAX_NAME_CHARS
                            + " and numbers of at most " + MAX_NUMBER_CHARS + " characters");
        } catch (JsonProcessingException e) {
            // Not the exception's own message: it names Java classes.
            JsonLocation location = e.getLocation();
            fault(
                    place(),
                    "must be well-formed " + (utf8 ? "JSON" : "UTF-8") + "; reading stopped at byte "
                            + (location == null ? 0 : Math.max(0, location.getByteOffset())));
        } catch (IOException e) {
            // Memory cannot fail. Jackson took the bytes for UTF-16 or UTF-32, and they are neither.
            notUtf8();
        }
        return false;
    }

    /** Returns whether Jackson takes the bytes for UTF-16 or UTF-32. */
    private static boolean isWide(byte[] bytes, int offset, int length) {
        return length > 1 && (bytes[offset] == 0 || bytes[offset + 1] == 0);
    }

    private void notUtf8() {
        fault(WHOLE, "must be well-formed UTF-8");
    }

    /** Notes that this field is read from now on. */
    public void at(String name) {
        field = name;
        index = -1;
    }

    /** Notes that this item of the list that is read is read from now on. */
    public void atItem(int item) {
        index = item;
    }

    /** Notes that the list has been read. */
    public void atEndOfList() {
        index = -1;
    }

    /** Returns the field, or the item of its list, that is read. */
    public String place() {
        return index < 0 ? field : field + "[" + index + "]";
    }

    /** Adds a fault, unless there are very many. */
    public void fault(String name, String fault) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(name, fault);
        }
    }

    /** Adds the fault of a field that is given once more. */
    public void repeated(String name) {
        fault(name, "must be given once, but is repeated");
    }

    /**
     * Adds the fault of a field that does not exist.
     *
     * @param path what comes before the name, as in {@code leases[3].}
     */
    public void unknown(String path, String name, List<String> fields) {
        fault(path + shown(name), "is not a field; the fields are: " + String.join(", ", fields));
    }

    /** Returns a name as far as it is shown. */
    public static String shown(String name) {
        return name.length() <= MAX_SHOWN_CHARS ? name : name.substring(0, MAX_SHOWN_CHARS) + "…";
    }

    /** Adds the fault of a value that is of another type, and skips it. The parser stands at its first token. */
    public void wrongType(String name, String expected, JsonParser parser) throws IOException {
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
}

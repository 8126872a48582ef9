package dev.freshet.publisher.change;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.Set;

/**
 * Reads a change from the bytes of one JSON object, strictly. An unknown or repeated field, a wrong type, an empty or too long
 * name are faults, and every fault is found. Safe to use from any thread.
 */
public final class ChangeParser {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_CHARS = 100;
    private static final int MAX_NAME_CHARS = 1000;

    private final JsonFactory json = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .build())
            .build();
    private final Set<String> regions;
    private final int maximumNames;

    /**
     * @param regions the only regions that are taken; empty: any
     * @param maximumNames how many names an object holds at most; the bus's queue has no room for more
     */
    public ChangeParser(Set<String> regions, int maximumNames) {
        this.regions = regions;
        this.maximumNames = maximumNames;
    }

    /**
     * Reads one object.
     *
     * @param awaited whether members report at once that they applied the change
     * @param forced whether the change is published however many entries it evicts
     */
    public ParsedChange parse(byte[] bytes, int offset, int length, boolean awaited, boolean forced) {
        boolean utf8 = Utf8.isWellFormed(bytes, offset, length);
        ChangeReading reading = begin(awaited, forced);
        try (JsonParser parser = open(bytes, offset, length)) {
            if (reading.readObject(parser) && !utf8) {
                reading.notUtf8(); // Jackson lets some malformed bytes pass.
            }
        } catch (StreamConstraintsException e) {
            reading.beyondLimits(MAX_DEPTH, MAX_NAME_CHARS, MAX_NUMBER_CHARS);
        } catch (JsonProcessingException e) {
            // Not the exception's own message: it names Java classes.
            JsonLocation location = e.getLocation();
            reading.brokeOff(utf8 ? "JSON" : "UTF-8", location == null ? 0 : Math.max(0, location.getByteOffset()));
        } catch (IOException e) {
            // Memory cannot fail. Jackson took the bytes for UTF-16 or UTF-32, and they are neither.
            reading.notUtf8();
        }
        return reading.result();
    }

    /** Returns a parser for a body of many objects, one a line. */
    public LineParser lines() {
        return new LineParser(this);
    }

    JsonParser open(byte[] bytes, int offset, int length) throws IOException {
        return json.createParser(bytes, offset, length);
    }

    ChangeReading begin(boolean awaited, boolean forced) {
        return new ChangeReading(regions, maximumNames, awaited, forced);
    }
}

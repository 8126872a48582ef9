package dev.freshet.publisher.change;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.Set;

/**
 * Reads a change from the bytes of one JSON object, strictly. An unknown or repeated field, a wrong type, an empty or too long
 * name are faults, and every fault is found. Safe to use from any thread.
 */
public final class ChangeParser {

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
        } catch (JsonProcessingException e) {
            // Not the exception's own message: it names Java classes.
            reading.brokeOff(
                    utf8 ? "JSON" : "UTF-8", Math.max(0, e.getLocation().getByteOffset()));
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

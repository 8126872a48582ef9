package dev.freshet.publisher.change;

import com.fasterxml.jackson.core.JsonParser;
import dev.freshet.service.http.StrictJson;
import dev.freshet.service.http.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of one body, with the results of {@link ChangeParser#parse} for each line. Not thread-safe.
 *
 * <p>Valid lines share one Jackson parser, because making one takes as long as reading a line. A line that the shared parser
 * cannot read as a valid change is read again by itself, so that its faults do not depend on the lines before it.
 */
public final class LineParser implements AutoCloseable {

    private final ChangeParser changes;
    private byte[] bytes = {};
    private int start;
    private @Nullable JsonParser shared;

    LineParser(ChangeParser changes) {
        this.changes = changes;
    }

    /**
     * Reads one line.
     *
     * @param in the array that holds the line; a line of an array that was passed before must follow the last line read from it
     * @param awaited whether members report at once that they applied the change
     * @param forced whether the change is published however many entries it evicts
     */
    public ParsedChange parse(byte[] in, int offset, int length, boolean awaited, boolean forced) {
        if (Utf8.isWellFormed(in, offset, length)) {
            ParsedChange.Valid valid = parseShared(in, offset, length, changes.begin(awaited, forced));
            if (valid != null) {
                return valid;
            }
        }
        close(); // The shared parser may stand within a line.
        return changes.parse(in, offset, length, awaited, forced);
    }

    private ParsedChange.@Nullable Valid parseShared(byte[] in, int offset, int length, ChangeReading reading) {
        try {
            JsonParser parser = parserAt(in, offset);
            if (!reading.readMembers(parser)) {
                return null;
            }
            long read = parser.currentLocation().getByteOffset();
            if (read < 0) {
                return null; // Jackson takes the bytes for UTF-16 or UTF-32, and does not count them.
            }
            int end = start + Math.toIntExact(read);
            if (end > offset + length || !LineBuffer.isBlank(in, end, offset + length)) {
                return null;
            }
            reading.complete();
            return reading.result() instanceof ParsedChange.Valid valid ? valid : null;
        } catch (IOException e) {
            return null;
        }
    }

    private JsonParser parserAt(byte[] in, int offset) throws IOException {
        JsonParser parser = shared;
        if (parser == null || in != bytes) {
            close();
            parser = StrictJson.open(in, offset, in.length - offset);
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
                throw new UncheckedIOException("a parser of bytes in memory cannot be closed", e);
            }
        }
    }
}

package dev.freshet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freshet.bus.DryRunResult;
import dev.freshet.schema.Selector;
import java.util.Map;

/** Formats the answers of {@code --json}: one object a line. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** Adds the fields of a dry run's result. */
    static void put(Map<String, Object> answer, DryRunResult result) {
        answer.put("entries", result.entries());
        answer.put("members", result.members());
        answer.put("answered", result.answered());
        answer.put("silent", result.silent());
    }

    /** Adds a selector: its kind, with its names. */
    static void put(Map<String, Object> answer, Selector selector) {
        answer.put(selector.kind().label(), selector.kind() == Selector.Kind.ALL ? true : selector.names());
    }

    static String line(Map<String, ?> object) {
        try {
            return MAPPER.writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot format " + object.keySet() + " as JSON", e);
        }
    }
}

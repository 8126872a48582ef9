package dev.freshet.cli.explain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses a row that is given as a JSON object of columns. */
public final class JsonRow {

    private static final ObjectReader READER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private JsonRow() {}

    /**
     * Returns the columns: texts, numbers, booleans, nulls. A nested value is returned as a type that is unfit for names.
     *
     * @throws IllegalArgumentException if the text is not a JSON object; the message says what is wrong and where
     */
    public static Map<String, @Nullable Object> parse(String json) {
        JsonNode node;
        try {
            node = READER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("must be a JSON object like {\"id\": 7}, but at character "
                    + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw new IllegalArgumentException("must be a JSON object like {\"id\": 7}, not " + node);
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        node.properties().forEach(field -> row.put(field.getKey(), value(field.getValue())));
        return row;
    }

    private static @Nullable Object value(JsonNode node) {
        if (node.isNull()) {
            return null;
        } else if (node.isTextual()) {
            return node.textValue();
        } else if (node.isBoolean()) {
            return node.booleanValue();
        } else if (node.isIntegralNumber()) {
            return node.bigIntegerValue();
        } else if (node.isNumber()) {
            return node.decimalValue();
        }
        // An array or a document: rules do not accept these in names.
        return node;
    }
}

package dev.freshet.sources.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.filter.FilteringParserDelegate;
import com.fasterxml.jackson.core.filter.JsonPointerBasedFilter;
import com.fasterxml.jackson.core.filter.TokenFilter.Inclusion;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads values out of JSON, and puts values into it. Stateless. */
final class MessageJson {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private MessageJson() {}

    /** Whether a text is one JSON object or array. */
    static boolean isDocument(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null || !first.isStructStart()) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns a text as it stands between the quotes of a JSON text. */
    static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    /**
     * Returns the texts, numbers, true or false at a JSON Pointer: several if there is an array. Returns null if the document is no
     * JSON, or has nothing there, or something else.
     */
    static @Nullable List<String> values(String document, String pointer) {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new FilteringParserDelegate(
                JSON.createParser(document), new JsonPointerBasedFilter(pointer), Inclusion.ONLY_INCLUDE_ALL, false)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY) {
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    if (!isValue(next)) {
                        return null;
                    }
                    values.add(parser.getText());
                }
            } else if (isValue(first)) {
                values.add(parser.getText());
            } else {
                return null;
            }
        } catch (IOException e) {
            return null;
        }
        return values;
    }

    private static boolean isValue(@Nullable JsonToken token) {
        return token != null && token.isScalarValue() && token != JsonToken.VALUE_NULL;
    }
}

package dev.freshet.service.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.freshet.service.http.Problem.FieldFault;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {

    private final Faults faults = new Faults();
    private final List<String> names = new ArrayList<>();
    private final StrictJson json = new StrictJson(faults);

    private boolean readNames(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            json.fault(StrictJson.WHOLE, "must be a JSON object");
            return false;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            json.at(name);
            names.add(name);
            parser.nextToken();
            parser.skipChildren();
            json.at(StrictJson.WHOLE);
        }
        return true;
    }

    private boolean read(byte[] bytes) {
        return json.read(bytes, 0, bytes.length, this::readNames);
    }

    @Test
    void anObjectIsReadToItsEnd() {
        assertThat(read("{\"a\":1,\"ü\":[{}]} \n".getBytes(UTF_8))).isTrue();
        assertThat(names).containsExactly("a", "ü");
        assertThat(faults.isEmpty()).isTrue();
    }

    /** The JSON library would find out the encoding by itself; a proxy on the way would not. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE", "ISO-8859-1"})
    void anotherEncodingThanUtf8IsRefused(String encoding) {
        read("{\"ü\":1}".getBytes(Charset.forName(encoding)));

        assertThat(faults.asList()).hasSize(1);
        assertThat(faults.asList().get(0).fault()).startsWith("must be well-formed UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1}{}", "{\"a\":1} 2", "{\"a\":1},", "{\"a\":1}x"})
    void whatFollowsTheObjectIsRefused(String text) {
        read(text.getBytes(UTF_8));

        assertThat(faults.asList()).extracting(FieldFault::field).containsExactly(StrictJson.WHOLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"a\":[1,", "{\"a\":[01]}", "{\"a\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", "{\"a\":[\"\\x\"]}"
            })
    void aFaultOfTheJsonNamesTheFieldThatWasRead(String text) {
        assertThat(read(text.getBytes(UTF_8))).isFalse();

        assertThat(faults.asList()).extracting(FieldFault::field).containsExactly("a");
        assertThat(faults.asList().get(0).fault()).doesNotContain("com.fasterxml", "Exception");
    }

    @Test
    void aSmallRequestCannotAskForALargeAnswer() {
        for (int i = 0; i < 1_000; i++) {
            json.unknown("", "x".repeat(10_000), List.of("a"));
        }

        assertThat(faults.size()).isEqualTo(100);
        assertThat(faults.asList()).allMatch(fault -> fault.field().length() < 100);
    }
}

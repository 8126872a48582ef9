package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("pure")
class ApiBaselineTest {

    @ParameterizedTest
    @CsvSource({
        // A patch keeps what its minor version had.
        "0.1.1,  v0.1.0,                       v0.1.0",
        "0.1.10, v0.1.2 v0.1.9 v0.1.0,         v0.1.9",
        "0.1.3,  v0.1.2 v0.2.0 v0.1.3 v0.1.4,  v0.1.2",
        // From 1.0 on a minor version keeps it too.
        "1.1.0,  v0.9.0 v1.0.0 v1.0.7,         v1.0.7",
        "1.10.0, v1.9.3 v1.2.0 v2.0.0,         v1.9.3",
        "2.0.1,  v2.0.0 v1.9.0,                v2.0.0",
        "1.0.1,  v1.0.0 v1.0.0-rc.1 vocabulary, v1.0.0",
    })
    void itIsTheNewestOfThoseWhoseApiIsToBeKept(String version, String tags, String expected) {
        assertThat(ApiBaseline.tagBefore(version, tags(tags))).hasValue(expected);
    }

    @ParameterizedTest
    @CsvSource({"0.1.0, ''", "0.2.0, v0.1.0 v0.1.5", "1.0.0, v0.9.0", "2.0.0, v1.9.0", "0.2.0, v0.2.0"})
    void theFirstVersionOfItsKindKeepsNothing(String version, String tags) {
        assertThat(ApiBaseline.tagBefore(version, tags(tags))).isEmpty();
    }

    /** As in a clone without tags. */
    @ParameterizedTest
    @ValueSource(strings = {"0.1.1", "1.1.0", "1.0.1", "2.3.0"})
    void thatTagsAreMissingIsSaid(String version) {
        assertThatThrownBy(() -> ApiBaseline.tagBefore(version, List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(version)
                .hasMessageContaining("git fetch --tags");
    }

    @Test
    void theTagsOfThisCheckoutCanBeRead() {
        assertThat(ApiBaseline.tags()).allMatch(tag -> tag.startsWith("v"));
    }

    private static List<String> tags(String tags) {
        return Arrays.stream(tags.split(" ")).filter(tag -> !tag.isEmpty()).toList();
    }
}

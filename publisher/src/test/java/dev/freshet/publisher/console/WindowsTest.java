package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WindowsTest {

    @Test
    void whatIsMalformedIsLeftOut() {
        assertThat(Windows.parse("448:3,x:1,512:,:7,600:2,-1:3,12345678901234567890:1"))
                .containsOnlyKeys(448L, 600L)
                .containsEntry(448L, 3L)
                .containsEntry(600L, 2L);
        assertThat(Windows.parse("")).isEmpty();
    }

    @Test
    void growthIsWhatWasCountedBetweenTwoAnswers() {
        NavigableMap<Long, Long> grown = new TreeMap<>();
        Windows.addGrowth(grown, Windows.parse("100:5,200:1"), Windows.parse("100:7,200:1,300:4"));
        assertThat(grown).containsOnlyKeys(100L, 300L).containsEntry(100L, 2L).containsEntry(300L, 4L);
        Windows.addGrowth(grown, Windows.parse("100:7"), Windows.parse("100:1"));
        assertThat(grown).containsEntry(100L, 2L);
    }

    @Test
    void aQuantileIsTheBoundOfItsBucket() {
        NavigableMap<Long, Long> counts = Windows.parse("100:98,200:1,300:1");
        assertThat(Windows.quantile(counts, 0.5)).hasValue(100);
        assertThat(Windows.quantile(counts, 0.99)).hasValue(200);
        assertThat(Windows.quantile(counts, 1)).hasValue(300);
        assertThat(Windows.quantile(new TreeMap<>(), 0.5)).isEmpty();
    }
}

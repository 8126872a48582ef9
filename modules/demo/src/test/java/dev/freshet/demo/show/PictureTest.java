package dev.freshet.demo.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.demo.show.Scene.Count;
import dev.freshet.demo.show.Scene.Measure;
import dev.freshet.demo.show.Scene.Tile;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {

    private static final Style UNCOLOURED = new Style(false, true);
    private static final Style ASCII = new Style(false, false);

    private static final Measure WINDOW = new Measure("stale window", "from the commit to the eviction");

    private static final Tile NAIVE = new Tile(
            "naive", "cut off", false, 5_000, 4_900, 143, List.of(new Count("replayed", 0), new Count("resets", 0)));

    private static Tile replica(int number) {
        return new Tile(
                "r" + number,
                "confirmed",
                true,
                1_000,
                971,
                0,
                List.of(new Count("replayed", 143), new Count("resets", 1)));
    }

    private static Scene scene(int replicas) {
        return new Scene(
                "PUT user:17 → log #412 → r1 0.8 ms ✓ r2 1.9 s ↺ r3 …",
                Stream.concat(IntStream.rangeClosed(1, replicas).mapToObj(PictureTest::replica), Stream.of(NAIVE))
                        .toList(),
                WINDOW,
                List.of(0L, 400L, 900L, 1_900L, 4_000L, 19_000L, 99_000L, 999_000L, 1_900_000L),
                900,
                2_100,
                Duration.ofMillis(12_340),
                480,
                "[c]ut  [k]ill");
    }

    @Test
    void eightyColumnsShowFourTilesInARow() {
        assertThat(Picture.draw(scene(3), 80, UNCOLOURED))
                .containsExactly(
                        "",
                        " PUT user:17 → log #412 → r1 0.8 ms ✓ r2 1.9 s ↺ r3 …",
                        "┌ r1 ─────────────┐┌ r2 ─────────────┐┌ r3 ─────────────┐┌ naive ──────────┐",
                        "│ confirmed       ││ confirmed       ││ confirmed       ││ cut off         │",
                        "│ hits     97.1 % ││ hits     97.1 % ││ hits     97.1 % ││ hits     98.0 % │",
                        "│ stale         0 ││ stale         0 ││ stale         0 ││ stale       143 │",
                        "│ replayed    143 ││ replayed    143 ││ replayed    143 ││ replayed      - │",
                        "│ resets        1 ││ resets        1 ││ resets        1 ││ resets        - │",
                        "└─────────────────┘└─────────────────┘└─────────────────┘└─────────────────┘",
                        " stale window  ▁▂▃▄▅▆▇█  p50 0.9 ms  p99 2.1 ms",
                        " 12.3 s · 480 changes · 8000 reads",
                        " [c]ut  [k]ill");
    }

    @Test
    void withoutUnicodeItIsAscii() {
        assertThat(Picture.draw(scene(3), 80, ASCII))
                .allMatch(row -> row.chars().allMatch(c -> c < 128), "is ASCII")
                .contains(
                        " PUT user:17 -> log #412 -> r1 0.8 ms ok r2 1.9 s replayed r3 .",
                        "+ r1 -------------++ r2 -------------++ r3 -------------++ naive ----------+");
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 38, 60, 80, 200})
    void noRowIsWiderThanTheTerminal(int width) {
        for (Style style : List.of(UNCOLOURED, ASCII)) {
            assertThat(Picture.draw(scene(20), width, style)).allMatch(row -> row.length() <= width, "fits");
        }
    }

    @Test
    void coloursSayWhatIsStaleAndTakeNoRoom() {
        List<String> coloured = Picture.draw(scene(3), 80, new Style(true, true));

        assertThat(coloured)
                .anyMatch(row -> row.contains("\033[32mstale         0\033[0m")
                        && row.contains("\033[31;1mstale       143\033[0m"));
        assertThat(coloured.stream().map(row -> row.replaceAll("\033\\[[0-9;]*m", "")))
                .isEqualTo(Picture.draw(scene(3), 80, UNCOLOURED));
    }

    @Test
    void aPlainLineSaysItInAtMostAHundredColumns() {
        assertThat(Picture.plain(scene(3), UNCOLOURED))
                .isEqualTo("12.3 s  writes 480  reads 8000  stale window p50 0.9 ms p99 2.1 ms  stale 0; naive 143");
        Scene long1 =
                new Scene("", List.of(NAIVE), WINDOW, List.of(), 1, 1, Duration.ofDays(9_999), Long.MAX_VALUE, "");
        assertThat(Picture.plain(long1, UNCOLOURED)).hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void theLastWindowsAreDrawnIfThereAreTooMany() {
        assertThat(Picture.sparkline(List.of(2_000_000L, 400L, 0L, 900L), 3)).isEqualTo("▁ ▂");
        assertThat(Picture.sparkline(List.of(400L), 0)).isEmpty();
    }

    @Test
    void timesAreSaidAsPeopleSayThem() {
        assertThat(Stream.of(0L, 1L, 812L, 9_999L, 10_000L, 143_000L, 1_900_000L)
                        .map(Picture::millis))
                .containsExactly("-", "0.0 ms", "0.8 ms", "10.0 ms", "10 ms", "143 ms", "1.9 s");
    }
}

package dev.freshet.demo.show;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a picture shows.
 *
 * @param travel the change that travels
 * @param tiles the replicas
 * @param measure what is measured of each change
 * @param windowsMicros the longest measure of each interval, the oldest first
 * @param medianMicros the median of the measures; 0 if there are none
 * @param slowMicros their 99th percentile
 * @param elapsed since the load began
 * @param writes the number of acknowledged writes
 * @param keys what the keys do; empty if there are none
 */
public record Scene(
        String travel,
        List<Tile> tiles,
        Measure measure,
        List<Long> windowsMicros,
        long medianMicros,
        long slowMicros,
        Duration elapsed,
        long writes,
        String keys) {

    /**
     * What is measured of each change in each replica.
     *
     * @param name its name
     * @param meaning from where to where
     */
    public record Measure(String name, String meaning) {}

    /** Something that is counted. */
    public record Count(String name, long value) {}

    /**
     * A replica.
     *
     * @param name its name
     * @param state what it says of itself, or what is done to it
     * @param isWell whether that is as it should be
     * @param reads the number of its answers
     * @param hits the number of these that came from the cache
     * @param stale the number of these that were stale
     * @param counts what else is counted; not of the naive one
     */
    public record Tile(
            String name, String state, boolean isWell, long reads, long hits, long stale, List<Count> counts) {

        /** Returns it in one line. */
        public String line() {
            String others = counts.stream()
                    .map(count -> ", " + count.name() + " " + count.value())
                    .collect(Collectors.joining());
            return name + ": " + reads + " reads, " + hits + " hits, stale " + stale + (isNaive() ? "" : others);
        }

        boolean isNaive() {
            return name.equals("naive");
        }
    }

    /** Returns the number of stale answers of the replicas with Freshet. */
    long stale() {
        return tiles.stream()
                .filter(tile -> !tile.isNaive())
                .mapToLong(Tile::stale)
                .sum();
    }

    /** Returns the number of stale answers of the naive replica. */
    long naiveStale() {
        return tiles.stream().filter(Tile::isNaive).mapToLong(Tile::stale).sum();
    }

    /** Returns the number of answers. */
    long reads() {
        return tiles.stream().mapToLong(Tile::reads).sum();
    }
}

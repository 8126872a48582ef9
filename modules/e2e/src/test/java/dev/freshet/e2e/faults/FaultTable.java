package dev.freshet.e2e.faults;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What was measured for each fault, of all test classes of this run, as a table in Markdown. */
final class FaultTable {
    static final String HEAD = """
            | fault | stale after healing | longest served stale, s | thrown away needlessly | resets | recovered after, s | hits checked |
            | --- | --- | --- | --- | --- | --- | --- |
            """;

    private static final Map<Fault, Row> ROWS = new EnumMap<>(Fault.class);

    /** Where continuity cannot be proven, what is thrown away is not thrown away needlessly. */
    record Row(
            Fault fault,
            int staleAfterHealing,
            Duration longestStale,
            int thrownAway,
            Map<String, Long> resets,
            Duration recovery,
            long reads,
            long checkedHits,
            long bypassedReads,
            long refusedStores) {

        private String thrownAwayNeedlessly() {
            return switch (fault.continuity()) {
                case PROVEN -> Integer.toString(thrownAway);
                case LOST -> "0 (" + number(thrownAway) + ")";
                case NEW_PROCESS -> "0 (began empty)";
            };
        }

        private String markdown() {
            return "| %s | %d | %s | %s | %s | %s | %s |"
                    .formatted(
                            fault.title(),
                            staleAfterHealing,
                            seconds(longestStale),
                            thrownAwayNeedlessly(),
                            resets.isEmpty()
                                    ? "none"
                                    : resets.entrySet().stream()
                                            .map(reset -> reset.getValue() + " " + reset.getKey())
                                            .collect(Collectors.joining(", ")),
                            seconds(recovery),
                            number(checkedHits));
        }
    }

    private FaultTable() {}

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e9);
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** Adds a row, prints it, and writes the table as it is now. */
    static synchronized void add(Row row) throws IOException {
        ROWS.put(row.fault(), row);
        System.out.println(row.markdown());
        Path file = Files.createDirectories(Checkout.file("modules/e2e/target")).resolve("faults.md");
        Files.writeString(file, markdown());
    }

    /** The faults that have a row. */
    static synchronized Set<Fault> faults() {
        return ROWS.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(ROWS.keySet());
    }

    /** How many hits were checked in all rows. */
    static synchronized long checkedHits() {
        return ROWS.values().stream().mapToLong(Row::checkedHits).sum();
    }

    private static String markdown() {
        StringBuilder table = new StringBuilder(HEAD);
        ROWS.values().forEach(row -> table.append(row.markdown()).append('\n'));
        long reads = ROWS.values().stream().mapToLong(Row::reads).sum();
        long bypassed = ROWS.values().stream().mapToLong(Row::bypassedReads).sum();
        long refused = ROWS.values().stream().mapToLong(Row::refusedStores).sum();
        return table + """

                %s reads in all; %s were hits, each held against what it claimed; %s were bypassed. Of slow loads %s \
                were refused, because a change or a reset had overtaken them.
                """.formatted(number(reads), number(checkedHits()), number(bypassed), number(refused));
    }
}

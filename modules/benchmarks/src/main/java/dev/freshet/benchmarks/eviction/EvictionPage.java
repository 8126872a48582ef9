package dev.freshet.benchmarks.eviction;

import dev.freshet.benchmarks.report.Machine;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the table of {@code docs/EVICTION.md}. The command owns the text between the markers; people write the rest. */
public final class EvictionPage {

    private static final String BEGIN = "<!-- eviction: generated -->\n";
    private static final String END = "<!-- eviction: end -->";

    private EvictionPage() {}

    /** Writes the table. Traces that were not replayed keep the results of earlier runs. */
    public static void write(EvictionResults results) {
        Path docs = Checkout.file("docs");
        Path page = docs.resolve("EVICTION.md");
        try {
            results.mergeInto(docs.resolve("performance/eviction.json"));
            String text = Files.readString(page);
            int from = text.indexOf(BEGIN);
            int to = text.indexOf(END);
            if (from < 0 || to < from) {
                throw new IllegalStateException("docs/EVICTION.md lacks the markers " + BEGIN.strip() + " … " + END);
            }
            Files.writeString(
                    page,
                    text.substring(0, from + BEGIN.length()) + "\nMeasured on: " + Machine.line(results.redis())
                            + ".\n\n" + results.table() + "\n" + text.substring(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

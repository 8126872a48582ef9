package dev.freshet.benchmarks.source;

import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Markdown;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the table between the markers of {@code docs/SOURCES.md}: a row for each way, a column for each measure. */
final class SourcePage {

    private static final String BEGIN = "<!-- source: generated -->\n";
    private static final String END = "<!-- source: end -->";

    private SourcePage() {}

    static String table(Report report) {
        List<String> measures = report.measures();
        StringBuilder text = new StringBuilder("Measured on: " + report.machine() + ". In milliseconds; the median of "
                + report.figures().get(0).rounds().size()
                + " rounds, of the totals also the least and the most.\n\n| ");
        text.append("| ")
                .append(String.join(" | ", measures).replace("Where the time goes, p50: ", ""))
                .append(" |\n");
        text.append("| --- |").append(" ---: |".repeat(measures.size())).append('\n');
        for (Figure first : report.of(measures.get(0))) {
            text.append("| ").append(first.who());
            for (String measure : measures) {
                Figure figure = report.figure(measure, first.who()).orElseThrow();
                text.append(" | ").append(Markdown.number(figure.median()));
                if (measure.equals(SourceBenchmark.TOTAL_MEDIAN) || measure.equals(SourceBenchmark.TOTAL_TAIL)) {
                    text.append(" (")
                            .append(Markdown.number(figure.min()))
                            .append("–")
                            .append(Markdown.number(figure.max()))
                            .append(')');
                }
            }
            text.append(" |\n");
        }
        return text.toString();
    }

    static void write(Report report) {
        try {
            Path page = Checkout.file("docs/SOURCES.md");
            String text = Files.readString(page);
            int from = text.indexOf(BEGIN);
            int to = text.indexOf(END);
            if (from < 0 || to < from) {
                throw new IllegalStateException("docs/SOURCES.md lacks the markers " + BEGIN.strip() + " … " + END);
            }
            Files.writeString(
                    page, text.substring(0, from + BEGIN.length()) + "\n" + table(report) + "\n" + text.substring(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

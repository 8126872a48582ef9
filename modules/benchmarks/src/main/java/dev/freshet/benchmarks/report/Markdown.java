package dev.freshet.benchmarks.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes figures as Markdown tables. A measure's name is {@code table: column}; measures with the same table share one. Each
 * contender has a row.
 */
public final class Markdown {

    private static final String SEPARATOR = ": ";

    private Markdown() {}

    /** Returns the tables of a report. Each cell holds the median, minimum and maximum of the rounds. */
    public static String tables(Report report) {
        return tables(report, report.measures(), Map.of());
    }

    /**
     * Returns the tables of the measures that have a chart. A cell holds the median; the heading links to the chart, which also shows
     * minimum and maximum.
     *
     * @param charts the chart's address by measure
     */
    public static String tables(Report report, Map<String, String> charts) {
        return tables(report, charts.keySet(), charts);
    }

    private static String tables(Report report, Collection<String> measures, Map<String, String> charts) {
        StringBuilder text = new StringBuilder();
        byTable(measures).forEach((table, columns) -> table(text, report, table, columns, charts));
        return text.toString();
    }

    /** Returns the largest value of these measures, one line for each table. */
    public static String largest(Report report, Collection<String> measures) {
        StringBuilder text = new StringBuilder();
        byTable(measures).forEach((table, columns) -> {
            List<Figure> figures = columns.stream()
                    .flatMap(column -> report.of(column).stream())
                    .toList();
            text.append(columns.size() > 1 ? table : columns.get(0).replace(SEPARATOR, ", "));
            text.append(": at most ")
                    .append(number(
                            figures.stream().mapToDouble(Figure::max).max().orElse(0)))
                    .append(' ')
                    .append(figures.get(0).unit())
                    .append(".\n\n");
        });
        return text.toString();
    }

    private static Map<String, List<String>> byTable(Collection<String> measures) {
        Map<String, List<String>> measuresByTable = new LinkedHashMap<>();
        for (String measure : measures) {
            String table = measure.split(SEPARATOR, 2)[0];
            measuresByTable.computeIfAbsent(table, absent -> new ArrayList<>()).add(measure);
        }
        return measuresByTable;
    }

    private static void table(
            StringBuilder text, Report report, String title, List<String> measures, Map<String, String> charts) {
        Set<String> contenders = new LinkedHashSet<>();
        text.append("| ").append(title);
        for (String measure : measures) {
            List<Figure> figures = report.of(measure);
            figures.forEach(figure -> contenders.add(figure.who()));
            text.append(" | ").append(heading(measure, charts.get(measure)));
            text.append(", ").append(figures.get(0).unit());
        }
        text.append(" |\n| --- |").append(" ---: |".repeat(measures.size())).append('\n');
        for (String contender : contenders) {
            text.append("| ").append(contender);
            for (String measure : measures) {
                text.append(" | ")
                        .append(report.figure(measure, contender)
                                .map(figure -> charts.containsKey(measure) ? number(figure.median()) : range(figure))
                                .orElse("–"));
            }
            text.append(" |\n");
        }
        text.append('\n');
    }

    private static String heading(String measure, @Nullable String chart) {
        String column = measure.substring(measure.indexOf(SEPARATOR) + SEPARATOR.length());
        return chart == null ? column : "[" + column + "](" + chart + ")";
    }

    /** Returns {@code median (minimum–maximum)}, or the value alone if there was one round. */
    public static String range(Figure figure) {
        if (figure.rounds().size() == 1) {
            return number(figure.median());
        }
        return number(figure.median()) + " (" + number(figure.min()) + "–" + number(figure.max()) + ")";
    }

    /** Returns the value with three significant digits. */
    public static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 1_000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, size > 0 && size < 0.1 ? "%.3f" : format, value);
    }
}

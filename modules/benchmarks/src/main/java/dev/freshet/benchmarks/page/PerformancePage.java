package dev.freshet.benchmarks.page;

import dev.freshet.benchmarks.report.BarChart;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Markdown;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes {@code docs/PERFORMANCE.md}. The commands own the text between the markers; people write the rest. */
public final class PerformancePage {

    /** One part of the page for each command that measures. */
    static final List<String> PARTS = List.of("e2e", "inner", "http", "memory", "footprint", "growth");

    private static final String CHARTS = "performance";
    private static final String CHART_AXIS = ", logarithmic; the line spans minimum to maximum";

    private PerformancePage() {}

    /** Prints a report. Writes it into the page and {@code docs/performance} as well if {@code writeDocs} is set. */
    public static void present(Report report, boolean writeDocs) {
        System.out.print(Markdown.tables(report));
        if (!writeDocs) {
            return;
        }
        try {
            Path docs = Checkout.file("docs");
            Path folder = Files.createDirectories(docs.resolve(CHARTS));
            Files.writeString(folder.resolve(report.name() + ".json"), report.json());
            for (Map.Entry<String, String> chart : charts(report).entrySet()) {
                Files.writeString(docs.resolve(chart.getValue()), chart(report, chart.getKey()));
            }
            Path page = docs.resolve("PERFORMANCE.md");
            String text = between(Files.readString(page), report.name(), section(report));
            Files.writeString(page, between(text, "goals", Goals.table(stored(folder))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces the text between the markers of another page below {@code docs}. */
    public static void write(String page, String name, String content) {
        try {
            Path path = Checkout.file("docs").resolve(page);
            Files.writeString(path, between(Files.readString(path), name, content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the reports that lie in a folder, in the order of the page. */
    static List<Report> stored(Path folder) {
        List<Report> reports = new ArrayList<>();
        for (String part : PARTS) {
            Path json = folder.resolve(part + ".json");
            if (Files.isRegularFile(json)) {
                reports.add(Report.read(json));
            }
        }
        return reports;
    }

    /** Returns what the page shows of a report. */
    static String section(Report report) {
        return "Measured on: " + report.machine() + ".\n\n" + Markdown.tables(report, charts(report));
    }

    /** Returns a report's charts: their address relative to the page, by measure. A single figure has no chart. */
    static Map<String, String> charts(Report report) {
        Map<String, String> charts = new LinkedHashMap<>();
        int number = 1;
        for (String measure : report.measures()) {
            String address = CHARTS + "/" + report.name() + "-" + number++ + ".svg";
            if (report.of(measure).size() > 1) {
                charts.put(measure, address);
            }
        }
        return charts;
    }

    /** Draws a measure. */
    static String chart(Report report, String measure) {
        List<Figure> figures = report.of(measure);
        return BarChart.svg(measure, figures.get(0).unit() + CHART_AXIS, figures);
    }

    private static String between(String text, String name, String content) {
        String begin = "<!-- " + name + ": begin, written by the command -->\n";
        String end = "<!-- " + name + ": end -->";
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw new IllegalStateException(
                    "The page lacks the markers of \"" + name + "\": " + begin.strip() + " … " + end);
        }
        return text.substring(0, from + begin.length()) + "\n" + content.strip() + "\n\n" + text.substring(to);
    }
}

package dev.freshet.benchmarks.page;

import dev.freshet.benchmarks.footprint.Footprint;
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
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes {@code docs/PERFORMANCE.md}. The commands own the text between the markers; people write the rest. */
public final class PerformancePage {

    /** One part of the page for each command that measures. */
    static final List<String> PARTS = List.of("e2e", "inner", "http", "resp", "memory", "footprint", "growth");

    private static final String CHARTS = "performance";
    /** A percentage of 0 is recorded as this, because a chart's axis is logarithmic. */
    private static final double MIN_PERCENT = 0.01;

    /** Measures whose column would say what a sentence or a goal of the page says, or SCALE.md. {@code docs/performance} has them. */
    private static final Set<String> NOT_SHOWN = Set.of(
            Footprint.START,
            Footprint.RESIDENT,
            "Subscribers: sent per key and subscriber",
            "Calls offered per second: accepted",
            "Outstanding tags or prefixes: tags, later hit",
            "Outstanding tags or prefixes: prefixes, later hit");

    private static final Pattern LOAD = Pattern.compile(", load ([0-9.]+) before the run");
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
            String section = section(report);
            String text = Files.readString(page);
            text = section.isEmpty() ? text : between(text, report.name(), section);
            Files.writeString(page, between(text, "goals", goals(stored(folder))));
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

    /** Returns the goals with the figures, and the machines. */
    static String goals(List<Report> reports) {
        return Goals.table(reports) + "\n" + machines(reports);
    }

    /** Returns one line for each machine, with the load before each run. */
    private static String machines(List<Report> reports) {
        Map<String, List<String>> runs = new LinkedHashMap<>();
        for (Report report : reports) {
            Matcher load = LOAD.matcher(report.machine());
            String machine = load.replaceFirst("").replace(", Redis none", "");
            load.reset();
            String run = report.name() + (load.find() ? " " + load.group(1) : "");
            runs.computeIfAbsent(machine, absent -> new ArrayList<>()).add(run);
        }
        StringBuilder text = new StringBuilder();
        runs.forEach((machine, loads) -> text.append("Measured on ")
                .append(machine)
                .append("; load before the run: ")
                .append(String.join(", ", loads))
                .append(".\n\n"));
        return text.toString();
    }

    /** Returns what the page shows of a report: nothing of single figures, because the goals show them. */
    static String section(Report report) {
        Map<String, String> charts = charts(report);
        List<String> negligible = report.measures().stream()
                .filter(measure -> isNegligible(report.of(measure)))
                .toList();
        return Markdown.tables(report, charts) + Markdown.largest(report, negligible);
    }

    /**
     * Returns a report's charts: their address relative to the page, by measure. A single figure has no chart, nor has a measure whose
     * values are all negligible, nor one of {@link #NOT_SHOWN}.
     */
    static Map<String, String> charts(Report report) {
        Map<String, String> charts = new LinkedHashMap<>();
        int number = 1;
        for (String measure : report.measures()) {
            String address = CHARTS + "/" + report.name() + "-" + number++ + ".svg";
            List<Figure> figures = report.of(measure);
            if (figures.size() > 1 && !isNegligible(figures) && !NOT_SHOWN.contains(measure)) {
                charts.put(measure, address);
            }
        }
        return charts;
    }

    /** Returns whether all values are below one byte, or not more than {@link #MIN_PERCENT}. */
    private static boolean isNegligible(List<Figure> figures) {
        return figures.stream()
                .allMatch(figure -> (figure.unit().equals("bytes") && figure.max() < 1)
                        || (figure.unit().equals("%") && figure.max() <= MIN_PERCENT));
    }

    /** Draws a measure. */
    static String chart(Report report, String measure) {
        List<Figure> figures = report.of(measure);
        return BarChart.svg(measure, figures.get(0).unit() + CHART_AXIS, figures);
    }

    private static String between(String text, String name, String content) {
        String begin = "<!-- " + name + ": generated -->\n";
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

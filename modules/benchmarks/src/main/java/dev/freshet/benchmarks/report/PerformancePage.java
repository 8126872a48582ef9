package dev.freshet.benchmarks.report;

import dev.freshet.benchmarks.process.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code docs/PERFORMANCE.md}: what stands between its markers is written by the commands, the rest by people. */
public final class PerformancePage {

    /** The parts, each of one command. */
    private static final List<String> PARTS = List.of("e2e", "inner", "http", "memory", "footprint", "growth");

    private PerformancePage() {}

    /** Prints what was measured, and writes it into the page if asked to. */
    public static void present(Report report, boolean writeDocs) {
        System.out.print(Markdown.tables(report));
        if (!writeDocs) {
            return;
        }
        try {
            Path docs = Checkout.root().resolve("docs");
            Path folder = Files.createDirectories(docs.resolve("performance"));
            Files.writeString(folder.resolve(report.name() + ".json"), report.json());
            write(docs.resolve("PERFORMANCE.md"), folder, report);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes text between the markers of another page below {@code docs}. */
    public static void write(String page, String name, String content) {
        try {
            Path path = Checkout.root().resolve("docs").resolve(page);
            Files.writeString(path, between(Files.readString(path), name, content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path page, Path folder, Report report) throws IOException {
        List<Report> all = new ArrayList<>();
        for (String part : PARTS) {
            Path json = folder.resolve(part + ".json");
            if (Files.isRegularFile(json)) {
                all.add(Report.read(json));
            }
        }
        StringBuilder section =
                new StringBuilder("Measured on: ").append(report.machine()).append(".\n\n");
        int number = 1;
        for (String measure : report.measures()) {
            String file = report.name() + "-" + number++ + ".svg";
            List<Figure> figures = report.of(measure);
            if (figures.size() > 1) {
                String unit = figures.get(0).unit() + ", logarithmic; the line is from the least to the most";
                Files.writeString(folder.resolve(file), BarChart.svg(measure, unit, figures));
                section.append(String.format(Locale.ROOT, "![%s](performance/%s)%n%n", measure, file));
            }
        }
        section.append(Markdown.tables(report));
        String text = Files.readString(page);
        text = between(text, report.name(), section.toString());
        text = between(text, "goals", Goals.table(all));
        Files.writeString(page, text);
    }

    private static String between(String text, String name, String content) {
        String begin = "<!-- " + name + ": begin, written by the command -->\n";
        String end = "<!-- " + name + ": end -->";
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw new IllegalStateException("the page lacks the markers of \"" + name + "\"");
        }
        return text.substring(0, from + begin.length()) + "\n" + content.strip() + "\n\n" + text.substring(to);
    }
}

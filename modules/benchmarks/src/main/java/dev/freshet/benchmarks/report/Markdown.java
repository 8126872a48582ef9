package dev.freshet.benchmarks.report;

import java.util.Locale;

/** Tables of figures. */
public final class Markdown {

    private Markdown() {}

    /** A table of each measure: median, min and max of the rounds. */
    public static String tables(Report report) {
        StringBuilder text = new StringBuilder();
        for (String measure : report.measures()) {
            text.append("**").append(measure).append("**\n\n");
            text.append("| who | median | min | max | |\n| --- | ---: | ---: | ---: | --- |\n");
            for (Figure figure : report.of(measure)) {
                text.append("| ").append(figure.who());
                text.append(" | ").append(number(figure.median()));
                text.append(" | ").append(number(figure.min()));
                text.append(" | ").append(number(figure.max()));
                text.append(" | ").append(figure.unit()).append(" |\n");
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Three digits that matter. */
    public static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 1_000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, size > 0 && size < 0.1 ? "%.3f" : format, value);
    }
}

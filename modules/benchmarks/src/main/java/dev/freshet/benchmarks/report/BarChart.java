package dev.freshet.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Draws horizontal bars on a logarithmic axis as SVG. A line spans the smallest and the largest round. */
public final class BarChart {

    private static final int WIDTH = 860;
    private static final int LEFT = 270;
    private static final int RIGHT = 90;
    private static final int ROW = 26;
    private static final int TOP = 44;

    private BarChart() {}

    /** Returns the chart. All values must be positive. */
    public static String svg(String title, String unit, List<Figure> figures) {
        double least = figures.stream().mapToDouble(Figure::min).min().orElse(1);
        double most = figures.stream().mapToDouble(Figure::max).max().orElse(1);
        int from = (int) Math.floor(Math.log10(least) - 0.05);
        int to = Math.max(from + 1, (int) Math.ceil(Math.log10(most)));
        int height = TOP + ROW * figures.size() + 40;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n"
                        + "<text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"bold\">%s</text>%n",
                WIDTH,
                height,
                escape(title)));
        int bottom = TOP + ROW * figures.size();
        for (int power = from; power <= to; power++) {
            double x = x(Math.pow(10, power), from, to);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dddddd\"/>"
                            + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#666666\">%s</text>%n",
                    x,
                    TOP,
                    x,
                    bottom,
                    x,
                    bottom + 16,
                    tick(power)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#666666\">%s</text>%n",
                WIDTH - 12,
                bottom + 32,
                escape(unit)));
        for (int i = 0; i < figures.size(); i++) {
            bar(svg, figures.get(i), TOP + ROW * i, from, to);
        }
        return svg.append("</svg>\n").toString().replace("\r\n", "\n");
    }

    private static void bar(StringBuilder svg, Figure figure, int y, int from, int to) {
        double end = x(figure.median(), from, to);
        double low = x(figure.min(), from, to);
        double high = x(figure.max(), from, to);
        String colour = figure.who().startsWith("Freshet")
                ? "#1f77b4"
                : figure.who().startsWith("floor") ? "#888888" : "#e0a060";
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                        + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
                        + "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#222222\" stroke-width=\"2\"/>"
                        + "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                LEFT - 8,
                y + 17,
                escape(figure.who()),
                LEFT,
                y + 4,
                Math.max(1, end - LEFT),
                ROW - 8,
                colour,
                low,
                y + ROW / 2,
                high,
                y + ROW / 2,
                Math.max(high, end) + 6,
                y + 17,
                Markdown.number(figure.median())));
    }

    private static double x(double value, int from, int to) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (Math.log10(value) - from) / (to - from);
    }

    private static String tick(int power) {
        return power < 0
                ? String.format(Locale.ROOT, "%." + -power + "f", Math.pow(10, power))
                : String.format(Locale.ROOT, "%,.0f", Math.pow(10, power));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}

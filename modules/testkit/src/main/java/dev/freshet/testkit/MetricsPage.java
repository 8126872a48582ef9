package dev.freshet.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The answer of {@code /metrics} at one moment. */
public final class MetricsPage {
    private static final Pattern SERIES = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) \\w+");

    private record Series(String name, String labels, double value) {}

    private final List<Series> series = new ArrayList<>();
    private final Set<String> metrics = new TreeSet<>();

    private MetricsPage(String text) {
        for (String line : text.lines().toList()) {
            Matcher type = TYPE.matcher(line);
            if (type.matches()) {
                metrics.add(type.group(1));
            }
            Matcher one = SERIES.matcher(line);
            if (one.matches()) {
                String labels = one.group(2) == null ? "" : one.group(2);
                series.add(new Series(one.group(1), "," + labels + ",", number(one.group(3))));
            }
        }
    }

    /** Parses the Prometheus text format. */
    public static MetricsPage parse(String text) {
        return new MetricsPage(text);
    }

    /** Returns the names of all metrics, from their type lines; a histogram has one name. */
    public Set<String> metrics() {
        return metrics;
    }

    /**
     * Returns the sum of all series of a name that have all of these labels. If there is none, the test fails.
     *
     * @param labels each as it is printed, as in {@code region="users"}
     */
    public double sum(String name, String... labels) {
        double[] values = series.stream()
                .filter(one -> one.name().equals(name))
                .filter(one -> List.of(labels).stream().allMatch(label -> one.labels.contains("," + label + ",")))
                .mapToDouble(Series::value)
                .toArray();
        if (values.length == 0) {
            throw new AssertionError("no series " + name + List.of(labels));
        }
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    private static double number(String printed) {
        return switch (printed) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(printed);
        };
    }
}

package dev.freshet.demo.show;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A scrape's answer in the Prometheus text format. Lines of another format are ignored.
 *
 * @param samples in their order
 */
record PrometheusText(List<Sample> samples) {

    /**
     * One sample.
     *
     * @param name the name, suffixes included
     * @param labels the labels, by name
     * @param value may be NaN or infinite
     */
    record Sample(String name, Map<String, String> labels, double value) {}

    static PrometheusText parse(String text) {
        List<Sample> samples = new ArrayList<>();
        text.lines().filter(line -> !line.isEmpty() && line.charAt(0) != '#').forEach(line -> {
            try {
                samples.add(parseSample(line));
            } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
                // Not a sample. A missing value shows as 0, so that a broken scrape is visible.
            }
        });
        return new PrometheusText(List.copyOf(samples));
    }

    private static Sample parseSample(String line) {
        int brace = line.indexOf('{');
        int space = line.indexOf(' ');
        if (brace < 0 || space < brace) {
            return new Sample(line.substring(0, space), Map.of(), parseValue(line, space));
        }
        Map<String, String> labels = new TreeMap<>();
        int at = brace + 1;
        while (line.charAt(at) != '}') {
            int equals = line.indexOf("=\"", at);
            String label = line.substring(at, equals);
            StringBuilder value = new StringBuilder();
            at = equals + 2;
            for (; line.charAt(at) != '"'; at++) {
                char c = line.charAt(at);
                if (c == '\\') {
                    at++;
                    c = line.charAt(at) == 'n' ? '\n' : line.charAt(at);
                }
                value.append(c);
            }
            labels.put(label, value.toString());
            at++;
            if (line.charAt(at) == ',') {
                at++;
            }
        }
        return new Sample(line.substring(0, brace), labels, parseValue(line, at + 1));
    }

    private static double parseValue(String line, int from) {
        String value = line.substring(from).trim();
        int end = value.indexOf(' ');
        return switch (end < 0 ? value : value.substring(0, end)) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(end < 0 ? value : value.substring(0, end));
        };
    }

    /** Returns the sum of a metric over all label sets that have this label. */
    double sum(String name, String label, String labelValue) {
        return samples.stream()
                .filter(sample -> sample.name().equals(name)
                        && labelValue.equals(sample.labels().get(label)))
                .mapToDouble(Sample::value)
                .sum();
    }
}

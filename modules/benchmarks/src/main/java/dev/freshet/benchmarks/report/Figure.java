package dev.freshet.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One measured figure with a value for each round.
 *
 * @param measure what was measured, as {@code table: column}; see {@link Markdown}
 * @param who the contender
 * @param unit the unit of the values
 * @param rounds one value for each round, in order
 */
public record Figure(String measure, String who, String unit, List<Double> rounds) {

    public Figure {
        rounds = List.copyOf(rounds);
    }

    /** Returns the median of the rounds. */
    public double median() {
        List<Double> sorted = new ArrayList<>(rounds);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Returns the smallest value. */
    public double min() {
        return Collections.min(rounds);
    }

    /** Returns the largest value. */
    public double max() {
        return Collections.max(rounds);
    }

    /** Returns this figure divided by another, round by round. */
    public Figure against(Figure other) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(rounds.size(), other.rounds.size()); i++) {
            ratios.add(rounds.get(i) / other.rounds.get(i));
        }
        return new Figure(measure, who + " / " + other.who, "×", ratios);
    }
}

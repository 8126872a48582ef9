package dev.freshet.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One thing that was measured, once a round.
 *
 * @param measure what
 * @param who of whom
 * @param unit in what
 * @param rounds one value a round, in order
 */
public record Figure(String measure, String who, String unit, List<Double> rounds) {

    public Figure {
        rounds = List.copyOf(rounds);
    }

    /** The middle of the rounds. */
    public double median() {
        List<Double> sorted = new ArrayList<>(rounds);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The smallest. */
    public double min() {
        return Collections.min(rounds);
    }

    /** The largest. */
    public double max() {
        return Collections.max(rounds);
    }

    /** This against another, divided within each round. */
    public Figure against(Figure other) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(rounds.size(), other.rounds.size()); i++) {
            ratios.add(rounds.get(i) / other.rounds.get(i));
        }
        return new Figure(measure, who + " / " + other.who, "×", ratios);
    }
}

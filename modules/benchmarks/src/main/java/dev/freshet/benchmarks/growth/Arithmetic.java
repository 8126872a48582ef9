package dev.freshet.benchmarks.growth;

import dev.freshet.benchmarks.report.Markdown;
import dev.freshet.benchmarks.report.Report;
import java.util.List;
import java.util.Locale;

/** Extrapolates the measured costs of one Redis to more pods than were measured, by straight lines through the ends of the curves. */
final class Arithmetic {

    private static final List<Integer> PODS = List.of(100, 1_000, 10_000);
    private static final double MICROS = 1e6;
    private static final double GIGABIT_BYTES = 125e6;
    private static final int KEYS_PER_SECOND = 1_000;

    private final double cpuMicrosAKey;
    private final double cpuMicrosAKeyAndPod;
    private final double bytesAKeyAndPod;
    private final double idleMicrosAPod;
    private final double idleBytesAPod;

    Arithmetic(Report growth, int fewest, int most) {
        double few = median(growth, BusCurves.CPU_PER_KEY, fewest);
        double many = median(growth, BusCurves.CPU_PER_KEY, most);
        cpuMicrosAKeyAndPod = Math.max(0, (many - few) / (most - fewest));
        cpuMicrosAKey = Math.max(0, few - cpuMicrosAKeyAndPod * fewest);
        bytesAKeyAndPod = median(growth, BusCurves.BYTES_PER_KEY, most);
        idleMicrosAPod = median(growth, BusCurves.IDLE_CPU, most);
        idleBytesAPod = median(growth, BusCurves.IDLE_BYTES, most);
    }

    private static double median(Report growth, String measure, int subscribers) {
        return growth.figure(measure, Growth.count(subscribers))
                .orElseThrow(() -> new IllegalStateException("The report lacks the measure: " + measure))
                .median();
    }

    /** Returns the measured costs and a table of the loads that follow from them. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "A changed key costs Redis %s µs, plus %s µs and %s bytes per pod. A pod's heartbeats cost %s µs and %s bytes per"
                        + " second.%n%n",
                Markdown.number(cpuMicrosAKey),
                Markdown.number(cpuMicrosAKeyAndPod),
                Markdown.number(bytesAKeyAndPod),
                Markdown.number(idleMicrosAPod),
                Markdown.number(idleBytesAPod)));
        text.append("| pods | heartbeats, % of Redis's core | heartbeats, kB/s | keys/s that fill the core"
                + " | keys/s that fill 1 Gbit/s | cores at 1,000 keys/s | next limit |\n");
        text.append("| ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        PODS.forEach(pods -> row(text, pods));
        return text.toString();
    }

    private void row(StringBuilder text, int pods) {
        double beats = pods * idleMicrosAPod / MICROS;
        double aKey = (cpuMicrosAKey + cpuMicrosAKeyAndPod * pods) / MICROS;
        double byCpu = Math.max(0, (1 - beats) / aKey);
        double byNetwork = Math.max(0, (GIGABIT_BYTES - pods * idleBytesAPod) / (bytesAKeyAndPod * pods));
        String limit = beats >= 1 ? "heartbeats" : byCpu < byNetwork ? "core (fan-out)" : "network (fan-out)";
        text.append(String.format(
                Locale.ROOT,
                "| %,d | %s | %s | %s | %s | %s | %s |%n",
                pods,
                Markdown.number(beats * 100),
                Markdown.number(pods * idleBytesAPod / 1_000),
                Markdown.number(byCpu),
                Markdown.number(byNetwork),
                Markdown.number(beats + KEYS_PER_SECOND * aKey),
                limit));
    }
}

package dev.freshet.benchmarks.load;

import dev.freshet.testkit.ServiceProcess;
import java.util.Locale;

/**
 * What a service process uses at a moment.
 *
 * @param gapsAndResets how often a subscriber found records missing, or dropped a region, until now
 */
record Usage(long residentBytes, double heapBytes, double descriptors, double threads, double gapsAndResets) {

    /** A scrape's own connection, and what opens a log or a jar for a moment. */
    private static final int SPARE_DESCRIPTORS = 20;

    /** The worker threads of a scrape, which Vert.x bounds and keeps. */
    private static final int SPARE_THREADS = 25;

    static Usage of(ServiceProcess process) {
        String metrics = process.metrics();
        return new Usage(
                process.residentBytes(),
                sum(metrics, "jvm_memory_used_bytes{area=\"heap\""),
                sum(metrics, "process_files_open_files"),
                sum(metrics, "jvm_threads_live_threads"),
                sum(metrics, "freshet_gaps_total") + sum(metrics, "freshet_resets_total"));
    }

    private static double sum(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Whether more descriptors or threads are held than before, beyond what comes and goes. Memory is printed, for people to judge. */
    boolean hasGrownSince(Usage before) {
        return descriptors > before.descriptors + SPARE_DESCRIPTORS || threads > before.threads + SPARE_THREADS;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "resident %4d MiB, heap used %4.0f MiB, descriptors %5.0f, threads %3.0f, gaps and resets %1.0f",
                residentBytes >> 20,
                heapBytes / (1 << 20),
                descriptors,
                threads,
                gapsAndResets);
    }
}

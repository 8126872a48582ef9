package dev.freshet.benchmarks.report;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Describes the machine of a measurement. */
public final class Machine {

    private Machine() {}

    /**
     * Returns the machine in one line, with its load at this moment.
     *
     * @param redis the version of Redis, or {@code none}
     */
    public static String line(String redis) {
        return String.format(
                Locale.ROOT,
                "%d processors, load %.1f before the run, JDK %s, %s %s, Redis %s",
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                Runtime.version(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                redis);
    }
}

package dev.freshet.benchmarks.report;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** What it runs on. */
public final class Machine {

    private Machine() {}

    /** Says it in a line, with how busy it is with other things. */
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

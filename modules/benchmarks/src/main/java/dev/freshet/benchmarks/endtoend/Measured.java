package dev.freshet.benchmarks.endtoend;

/**
 * The result of one round of one contender.
 *
 * @param p50Millis the median stale window, or NaN if it was not measured
 * @param p99Millis the 99th percentile of the stale window, or NaN
 * @param keysPerSecond keys delivered to all subscribers
 */
record Measured(double p50Millis, double p99Millis, double keysPerSecond) {

    private static final String WORD = "measured ";

    /** Returns the result as one line for another process. */
    String toLine() {
        return WORD + p50Millis + " " + p99Millis + " " + keysPerSecond;
    }

    static boolean isLine(String line) {
        return line.startsWith(WORD);
    }

    static Measured ofLine(String line) {
        String[] fields = line.substring(WORD.length()).split(" ", -1);
        return new Measured(
                Double.parseDouble(fields[0]), Double.parseDouble(fields[1]), Double.parseDouble(fields[2]));
    }
}

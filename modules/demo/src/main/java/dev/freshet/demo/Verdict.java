package dev.freshet.demo;

/** How a run ended. */
enum Verdict {
    /** No read was stale, none failed, and everything is up. */
    OK(0),
    /** A read through a replica with Freshet was stale, or a process did not come back. */
    FAILED(1),
    /** Reads failed although the processes were up, or there were none: nothing is proven. */
    INCONCLUSIVE(3),
    /** A signal ended it. */
    INTERRUPTED(130),
    /** A process did not start. */
    NOT_STARTED(1);

    private final int exitCode;

    Verdict(int exitCode) {
        this.exitCode = exitCode;
    }

    /**
     * Judges a run that was not interrupted.
     *
     * @param reads the number of answers of the replicas with Freshet
     * @param stale how many of these were stale
     * @param failures the number of reads without an answer, though the process was up
     * @param isAllBack whether every process is up, and every replica confirmed
     */
    static Verdict of(long reads, long stale, long failures, boolean isAllBack) {
        if (stale > 0 || !isAllBack) {
            return FAILED;
        }
        return failures > 0 || reads == 0 ? INCONCLUSIVE : OK;
    }

    int exitCode() {
        return exitCode;
    }
}

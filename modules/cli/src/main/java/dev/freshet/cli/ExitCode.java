package dev.freshet.cli;

/** The exit codes of the command. */
final class ExitCode {

    /** Done. */
    static final int OK = 0;

    /** Not done: Redis is unavailable or refused it, or {@code doctor}, {@code manifests} or {@code audit} found a fault. */
    static final int FAILED = 1;

    /** The command line was wrong; nothing was tried. */
    static final int USAGE = 2;

    /** Published, but not every live member applied it in time. */
    static final int LAGGING = 3;

    /** Nobody could be asked, so that nothing is known. */
    static final int INCONCLUSIVE = 3;

    private ExitCode() {}
}

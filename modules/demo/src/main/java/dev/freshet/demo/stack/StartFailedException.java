package dev.freshet.demo.stack;

/** A process could not be started, or ended before it was ready. The message names it and where to look. */
public final class StartFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StartFailedException(String message) {
        super(message);
    }
}

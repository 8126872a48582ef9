package dev.freshet.demo.stack;

/** Thrown when a process cannot be started, or ends before it is ready. The message names the process and its log. */
public final class StartFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StartFailedException(String message) {
        super(message);
    }
}

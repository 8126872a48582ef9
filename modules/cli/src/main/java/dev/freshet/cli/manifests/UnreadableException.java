package dev.freshet.cli.manifests;

/** What was given are no manifests. The message names where and why, and quotes nothing: a Secret may stand there. */
public final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
        super(message);
    }
}

package dev.freshet.sources;

import org.jspecify.annotations.Nullable;

/** Thrown when a source cannot continue. The message says what failed and what to do. */
public final class SourceException extends Exception {

    private static final long serialVersionUID = 1;

    public SourceException(String message) {
        super(message);
    }

    public SourceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

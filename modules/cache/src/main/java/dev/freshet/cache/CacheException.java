package dev.freshet.cache;

import org.jspecify.annotations.Nullable;

/** The root of what this module throws, except for wrong arguments ({@link IllegalArgumentException}). */
public class CacheException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CacheException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

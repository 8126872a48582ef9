package dev.freshet.cache;

/** A load failed. The cause is what the {@link Loader} threw, the same for every caller that waited for it. */
public final class LoadException extends CacheException {

    private static final long serialVersionUID = 1L;

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }
}

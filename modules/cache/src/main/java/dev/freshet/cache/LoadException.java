package dev.freshet.cache;

/** A load failed. The cause is what the {@link Loader} threw; all callers that waited for the load get the same cause. */
public class LoadException extends CacheException {

    private static final long serialVersionUID = 1L;

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }
}

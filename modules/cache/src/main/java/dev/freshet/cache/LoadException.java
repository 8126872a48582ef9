package dev.freshet.cache;

/** A load failed. The cause is what the {@link Loader} threw, the same for every caller that waited for it. */
public final class LoadException extends CacheException {

    private static final long serialVersionUID = 1L;

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether it was the source that failed, and not this process: an error, an interruption, a loader that waits for itself. */
    public boolean isOfTheSource() {
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Error
                    || cause instanceof InterruptedException
                    || cause instanceof RecursiveLoadException) {
                return false;
            }
        }
        return true;
    }
}

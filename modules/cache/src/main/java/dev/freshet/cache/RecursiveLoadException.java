package dev.freshet.cache;

/** A load would wait for itself, directly or through the loads of other threads. */
public final class RecursiveLoadException extends CacheException {

    private static final long serialVersionUID = 1L;

    public RecursiveLoadException(String key) {
        super("the load of key \"" + key + "\" waits for itself: a loader must not get the key that it loads", null);
    }
}

package dev.freshet.cache;

import java.util.concurrent.TimeoutException;

/**
 * A load took longer than {@link RegionCacheBuilder#loadTimeout} or {@link RegionCacheBuilder#softTimeout}, and goes on. What it
 * brings is stored if nothing has invalidated it by then.
 */
public final class LoadTimeoutException extends LoadException {

    private static final long serialVersionUID = 1L;

    public LoadTimeoutException(String message) {
        super(message, new TimeoutException(message));
    }
}

package dev.freshet.cache.internal.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.bus.UnsupportedLibraryException;
import java.util.concurrent.TimeUnit;

/**
 * Finds out, before a cache is built, whether the Caffeine on the class path has what the cache uses. No reflection: in a native image
 * nothing is found by its name.
 */
public final class CaffeineLink {

    private static volatile boolean isProven;

    private CaffeineLink() {}

    /**
     * Checks it, once a process.
     *
     * @throws UnsupportedLibraryException if it lacks something, or is known to be too old
     */
    public static void require() {
        if (!isProven) {
            UnsupportedLibraryException.check(
                    "Caffeine",
                    "com.github.ben-manes.caffeine",
                    "caffeine",
                    "3.1",
                    () -> Caffeine.class,
                    () -> Use.each());
            isProven = true;
        }
    }

    /** Its own class, loaded only when it is called: the JVM looks for what a class names before any of it runs. */
    private static final class Use {

        private Use() {}

        static void each() {
            Cache<String, Object> cache = Caffeine.newBuilder()
                    .executor(Runnable::run)
                    .maximumSize(1)
                    .evictionListener((key, value, cause) -> {})
                    .build();
            cache.put("key", "value");
            if (cache.policy().getIfPresentQuietly("key") == null
                    || cache.policy().eviction().isEmpty()
                    || cache.asMap().isEmpty()) {
                throw new IllegalStateException("a value that was put is not there");
            }
            cache.cleanUp();
            Caffeine.newBuilder()
                    .expireAfterWrite(1, TimeUnit.SECONDS)
                    .maximumWeight(1)
                    .weigher((key, value) -> 1);
        }
    }
}

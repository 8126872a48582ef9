package dev.freshet.spring.boot.devtools;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionTimeoutException;
import org.springframework.boot.devtools.restart.Restarter;

/**
 * Restarts the application each time a line is read, as devtools does when a class has changed. Stays loaded, as devtools and libraries do:
 * it is in a jar.
 */
public final class Restarts {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Classes of Boot in jars, such as BindConverter, keep the first loader for good. */
    private static final int HELD_BY_BOOT = 1;

    private static final List<WeakReference<ClassLoader>> LOADERS = new CopyOnWriteArrayList<>();

    private Restarts() {}

    /** The application has started, with classes of this loader. */
    public static void started(ClassLoader loader) {
        LOADERS.add(new WeakReference<>(loader));
        Thread next = new Thread(null, Restarts::reportAndRestart, "restarts", 0, false);
        next.setContextClassLoader(Restarts.class.getClassLoader());
        next.start();
    }

    private static void reportAndRestart() {
        try {
            await().pollInSameThread().atMost(PATIENCE).until(() -> {
                clearSoftReferences();
                return held() <= HELD_BY_BOOT && twins() == 0; // those of pools end when they are idle
            });
        } catch (ConditionTimeoutException late) {
            // It is told.
        }
        System.out.println("started " + LOADERS.size() + " held " + held() + " twins " + twins());
        try {
            // Not closed: the next one reads on.
            if (new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1).readLine() == null) {
                Runtime.getRuntime().halt(0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Restarter.getInstance().restart();
    }

    /** The JVM clears them before it refuses memory, here more than there can be. Spring and the JDK remember classes by them. */
    private static void clearSoftReferences() {
        try {
            long[] demanded = new long[Integer.MAX_VALUE - 8];
            throw new IllegalStateException("the heap has space for " + demanded.length + " longs; use -Xmx256m");
        } catch (OutOfMemoryError expected) {
            // They are cleared.
        }
    }

    /** How many loaders of earlier starts are not collected. */
    private static long held() {
        return LOADERS.stream()
                .limit(LOADERS.size() - 1L)
                .filter(loader -> loader.get() != null)
                .count();
    }

    /** How many of our threads have the name of another one, as what a client leaves behind has that of its successor's. */
    private static long twins() {
        List<String> names = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("freshet-"))
                .toList();
        return names.size() - names.stream().distinct().count();
    }
}

package dev.freshet.bus.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread of the process holds nothing of the application that needed it first. */
@Timeout(240)
class ProcessThreadsTest {

    /** Code of an application, in a class loader of its own. */
    static final class FirstUse implements Function<Runnable, Thread> {
        private static final InheritableThreadLocal<Object> OF_APPLICATION = new InheritableThreadLocal<>();

        @Override
        public Thread apply(Runnable task) {
            Thread current = Thread.currentThread();
            ClassLoader before = current.getContextClassLoader();
            current.setContextClassLoader(FirstUse.class.getClassLoader());
            OF_APPLICATION.set(this);
            try {
                Thread thread = ProcessThreads.daemon(task, "process-thread");
                thread.start();
                return thread;
            } finally {
                OF_APPLICATION.remove();
                current.setContextClassLoader(before);
            }
        }
    }

    private static final class Application extends ClassLoader {
        Application() {
            super(ProcessThreadsTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(FirstUse.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream in = Objects.requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final CountDownLatch over = new CountDownLatch(1);

    @AfterEach
    void end() {
        over.countDown();
    }

    private void live() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("unchecked") // it is one, though of another loader
    private static Thread begun(Application application, Runnable task) throws ReflectiveOperationException {
        Constructor<?> constructor =
                application.loadClass(FirstUse.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return ((Function<Runnable, Thread>) constructor.newInstance()).apply(task);
    }

    @Test
    void theClassLoaderOfTheApplicationThatNeededItFirstIsCollected() throws Exception {
        Application application = new Application();
        Thread thread = begun(application, this::live);
        WeakReference<ClassLoader> loader = new WeakReference<>(application);
        application = null;

        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            System.gc();
            return loader.get() == null;
        });
        assertThat(thread.isAlive()).isTrue();
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getContextClassLoader()).isNull();
    }
}

package dev.freshet.bus.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.loaders.EndedApplication;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread of the process holds nothing of the application that needed it first. */
@Timeout(240)
class ProcessThreadsTest {

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

    @Test
    void theClassLoaderOfTheApplicationThatNeededItFirstIsCollected() {
        AtomicReference<Thread> begun = new AtomicReference<>();
        WeakReference<ClassLoader> loader = EndedApplication.doing(() -> {
            Thread made = ProcessThreads.daemon(this::live, "process-thread");
            begun.set(made);
            made.start();
        });
        Thread thread = Objects.requireNonNull(begun.get());

        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            System.gc();
            return loader.get() == null;
        });
        assertThat(thread.isAlive()).isTrue();
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getContextClassLoader()).isNull();
    }
}

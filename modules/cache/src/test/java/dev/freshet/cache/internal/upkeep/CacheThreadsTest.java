package dev.freshet.cache.internal.upkeep;

import static org.awaitility.Awaitility.await;

import dev.freshet.bus.loaders.EndedApplication;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A thread of all caches holds nothing of the application that needed it first. */
@Timeout(240)
class CacheThreadsTest {

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

    static Stream<Executor> executors() {
        return Stream.of(CacheThreads.scheduler(), CacheThreads.refreshExecutor(), CacheThreads.answers());
    }

    private static boolean hasNone() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("freshet-cache-"));
    }

    @ParameterizedTest
    @MethodSource("executors")
    void theClassLoaderOfTheApplicationThatNeededItFirstIsCollected(Executor executor) {
        await().until(CacheThreadsTest::hasNone); // else it is not the first

        WeakReference<ClassLoader> loader = EndedApplication.doing(() -> executor.execute(this::live));

        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            System.gc();
            return loader.get() == null;
        });
    }
}

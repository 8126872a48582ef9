package dev.freshet.spring.boot;

import static dev.freshet.spring.boot.Contexts.withStarter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.Published;
import dev.freshet.RegionOptions;
import dev.freshet.testkit.RedisExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;

/** A context that ends, is refreshed, or fails to start leaves nothing behind; devtools restarts by ending one and beginning another. */
class LifecycleTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static ApplicationContextRunner runner() {
        return withStarter().withPropertyValues("freshet.redis.uri=" + REDIS.uri(), "freshet.timeout=20s");
    }

    /** Threads that serve all clients of a process stay: they are daemons, and as many as before. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("freshet-"))
                .sorted()
                .toList();
    }

    private static long connections() {
        return REDIS.server().execute("CLIENT", "LIST").lines().count();
    }

    private static void use(Freshet freshet) {
        var region = freshet.region("users", RegionOptions.<String>maximumEntries(10));
        await().until(() -> freshet.ready().isDone());
        region.get("1", (key, load) -> "Ada");
        region.invalidate("1").orThrow();
    }

    @Test
    void restartsLeaveNeitherThreadsNorConnectionsNorMeters() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ApplicationContextRunner runner =
                runner().withBean(MeterRegistry.class, () -> registry, it -> it.setDestroyMethodName(""));
        runner.run(context -> use(context.getBean(Freshet.class)));
        await().untilAsserted(() -> assertThat(connections()).isEqualTo(1));
        List<String> threads = threads();
        for (int restart = 0; restart < 3; restart++) {
            runner.run(context -> {
                use(context.getBean(Freshet.class));
                assertThat(connections()).isGreaterThan(1);
            });
            assertThat(registry.getMeters()).isEmpty();
        }
        await().untilAsserted(() -> assertThat(connections()).as("its own").isEqualTo(1));
        await().untilAsserted(() -> assertThat(threads()).isSubsetOf(threads));
    }

    /** What has phases, such as a web server that ends its last requests, is stopped before the client is closed. */
    @Test
    void whatStopsGracefullyStillEvicts() {
        AtomicReference<Published> last = new AtomicReference<>();
        runner().withBean("server", LastRequest.class, last).run(context -> use(context.getBean(Freshet.class)));
        assertThat(last.get()).isInstanceOf(Published.Logged.class);
    }

    static final class LastRequest implements SmartLifecycle {
        private final Freshet freshet;
        private final AtomicReference<Published> answer;

        LastRequest(AtomicReference<Published> answer, Freshet freshet) {
            this.freshet = freshet;
            this.answer = answer;
        }

        @Override
        public void start() {}

        @Override
        public void stop() {
            answer.set(freshet.regions().get(0).invalidate("1"));
        }

        @Override
        public boolean isRunning() {
            return answer.get() == null;
        }
    }

    @Test
    void aContextThatFailsToStartLeavesNothing() {
        runner().withBean(FailsAfterUse.class)
                .run(context -> assertThat(context).hasFailed());
        await().untilAsserted(() -> assertThat(connections()).isEqualTo(1));
    }

    static final class FailsAfterUse implements InitializingBean {
        private final Freshet freshet;

        FailsAfterUse(Freshet freshet) {
            this.freshet = freshet;
        }

        @Override
        public void afterPropertiesSet() {
            use(freshet);
            throw new IllegalStateException("on purpose");
        }
    }
}

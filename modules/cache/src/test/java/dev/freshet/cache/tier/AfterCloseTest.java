package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** After everything is closed, no thread of ours lives, and nothing holds the class loader of the application. */
class AfterCloseTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration SOON = Duration.ofSeconds(30);

    /** An application: opens all there is, uses it in all its ways, closes it. */
    public static final class Application implements Consumer<String> {
        @Override
        public void accept(String uri) {
            try (Publisher publisher = Publisher.connect(PublisherConfig.of(uri));
                    RedisTier tier = RedisTier.connect(RedisTierConfig.of(uri).withTimeout(Duration.ofSeconds(5)));
                    RegionCache<String> local = RegionCache.<String>builder("users")
                            .maximumEntries(100)
                            .expireAfterWrite(Duration.ofMinutes(1))
                            .evictAgainAfter(Duration.ofSeconds(1))
                            .refreshAfterWrite(Duration.ofNanos(1))
                            .failSafe(Duration.ofMinutes(1))
                            .build();
                    CachedRegion<String> users = CachedRegion.over(local)
                            .tier(tier.region("users", Duration.ofMinutes(1)), Replica.TEXT)
                            .publisher(publisher)
                            .build();
                    Subscriber subscriber = Subscriber.connect(
                            SubscriberConfig.of(uri).withHeartbeat(Duration.ofMillis(50)), Map.of("users", users))) {
                // No library of tests is asked in here: it might remember the last that it was asked.
                Receipt first =
                        publisher.publish("users", Change.ofKeys("user:1")).join();
                subscriber
                        .region("users")
                        .awaitPosition(first.position(), Duration.ofSeconds(10))
                        .join();
                users.get("user:1", (key, load) -> "Ada");
                users.get("user:1", (key, load) -> "Ada"); // refreshed in the background
                users.lookup("user:2").join();
                users.write("user:3", "Grace", write -> write.tags("team:7"));
                users.invalidate(Selector.tags("team:7")).join();
                local.lookup("user:4");
                local.lookupOrAwait("user:4", Duration.ofMillis(100), true).join();
                publisher
                        .dryRun("users", List.of(Selector.all()), Duration.ofSeconds(1))
                        .join();
                users.get("user:5", (key, load) -> {
                    local.invalidate("user:5"); // what remains to be done when all is closed
                    return "Joan";
                });
            }
        }
    }

    /** Loads the classes of this project anew, and the others where they are. */
    private static final class Isolated extends URLClassLoader {
        Isolated() {
            super(
                    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                            .map(Isolated::url)
                            .toArray(URL[]::new),
                    AfterCloseTest.class.getClassLoader());
        }

        private static URL url(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.freshet.") || name.startsWith("dev.freshet.testkit.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }

    /**
     * The JDK remembers the last type of a component by which it compared a record, and so that type's loader. JDK 17 remembers it
     * strongly: afterwards it is this one's. Later JDKs remember it softly, which {@link #clearSoftReferences} ends.
     */
    private record Compared(Class<?> type) {}

    /** Collects garbage, soft references too: the JVM clears those before it refuses memory, here more than there can be. */
    private static void clearSoftReferences() {
        try {
            long[] demanded = new long[Integer.MAX_VALUE - 8];
            throw new IllegalStateException("The heap has space for " + demanded.length + " longs; use -Xmx1g");
        } catch (OutOfMemoryError expected) {
            // They are cleared.
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("freshet-"))
                .collect(Collectors.toSet());
    }

    @Test
    void noThreadOfOursOutlivesTheLastThatIsClosed() {
        await().atMost(SOON).until(() -> threads().isEmpty()); // of tests before
        new Application().accept(REDIS.uri());
        await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEmpty());
        new Application().accept(REDIS.uri()); // and all of them start again
        await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEmpty());
    }

    @Test
    void nothingHoldsTheClassLoaderOfAnApplicationThatWasClosed() throws Exception {
        // A server's own threads, which outlive the application.
        ExecutorService server = Executors.newFixedThreadPool(2);
        try {
            List<WeakReference<ClassLoader>> loaders =
                    List.of(runIsolated(server), runIsolated(server), runIsolated(server));
            assertThat(new Compared(loaders.getClass())).isEqualTo(new Compared(loaders.getClass()));
            // No assertion in here: its failure would hold what it names.
            await().atMost(SOON).until(() -> {
                clearSoftReferences();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
        } finally {
            server.shutdownNow();
        }
    }

    private static WeakReference<ClassLoader> runIsolated(ExecutorService server) throws Exception {
        try (Isolated loader = new Isolated()) {
            Class<?> application = loader.loadClass(Application.class.getName());
            assertThat(application).isNotSameAs(Application.class);
            @SuppressWarnings("unchecked") // it is one, though of another loader
            Consumer<String> isolated =
                    (Consumer<String>) application.getConstructor().newInstance();
            Future<?> done = server.submit(() -> {
                Thread thread = Thread.currentThread();
                ClassLoader before = thread.getContextClassLoader();
                thread.setContextClassLoader(loader);
                try {
                    isolated.accept(REDIS.uri());
                } finally {
                    thread.setContextClassLoader(before);
                }
            });
            done.get();
            return new WeakReference<>(loader);
        }
    }
}

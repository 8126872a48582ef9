package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.testkit.RedisServer;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** An application that has neither spring-tx nor Reactor. */
class BareTest {

    private static final List<String> ABSENT = List.of(
            "org.springframework.transaction.", "org.springframework.jdbc.", "reactor.", "org.reactivestreams.");

    /** Has the class path of this test, but for what is absent. */
    private static final class Bare extends URLClassLoader {
        Bare() throws MalformedURLException {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        private static URL[] classPath() throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                urls.add(new File(path).toURI().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (ABSENT.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    @Import(FreshetCachingConfiguration.class)
    static class Caching {}

    static class Service {
        private int loads;

        @Cacheable("users")
        public String find(long id) {
            loads++;
            return "load " + loads;
        }

        @Cacheable("users")
        public CompletableFuture<String> findLater(long id) {
            return CompletableFuture.completedFuture(find(id));
        }

        @FreshetEvict(cacheNames = "users", prefixes = "~long:#{#id}")
        public String evict(long id) {
            return "evicted " + id;
        }
    }

    /** Calls methods. Instances belong to the bare class loader. */
    static final class Application implements UnaryOperator<String> {
        @Override
        public String apply(String redis) {
            try (Freshet freshet = Freshet.connect(redis);
                    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
                freshet.ready().join();
                context.registerBean(FreshetCacheManager.class, () -> FreshetCacheManager.builder(freshet)
                        .cache("users", Replica.options())
                        .build());
                context.registerBean(Service.class);
                context.register(Caching.class);
                context.refresh();
                Service service = context.getBean(Service.class);
                return service.find(7) + ", " + service.find(7) + ", " + service.evict(7) + ", " + service.find(7)
                        + ", " + service.findLater(7).join() + ", "
                        + service.findLater(8).join() + ", "
                        + service.findLater(8).join();
            }
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void cachingWorksWithoutTransactionsAndReactor() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        try (RedisServer redis = RedisServer.started();
                Bare bare = new Bare()) {
            thread.setContextClassLoader(bare);
            var constructor = bare.loadClass(Application.class.getName()).getDeclaredConstructor();
            constructor.setAccessible(true);

            assertThat(((UnaryOperator<String>) constructor.newInstance()).apply(redis.uri()))
                    .isEqualTo("load 1, load 1, evicted 7, load 2, load 2, load 3, load 3");
        } finally {
            thread.setContextClassLoader(own);
        }
    }
}

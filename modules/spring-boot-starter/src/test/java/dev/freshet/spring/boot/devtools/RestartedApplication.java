package dev.freshet.spring.boot.devtools;

import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.spring.FreshetEvict;
import dev.freshet.spring.FreshetTags;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a developer edits: its classes are loaded anew at each restart. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableCaching
public class RestartedApplication {

    /** A key and a value of the application's own types. */
    record Id(long number) {}

    record User(Id id, String name) {}

    static class Users {

        @Cacheable("users")
        @FreshetTags("name:#{#result.name}")
        public User find(Id id) {
            return new User(id, "Ada");
        }

        @Cacheable(cacheNames = "users", sync = true)
        public User findSync(Id id) {
            return new User(id, "Ada");
        }

        @Cacheable("optionals")
        public Optional<User> findOptional(Id id) {
            return Optional.empty();
        }

        @Cacheable("users")
        public CompletableFuture<User> findLater(Id id) {
            return CompletableFuture.supplyAsync(() -> new User(id, "Ada"), task -> new Thread(task).start());
        }

        @CachePut(cacheNames = "through", key = "#user.id")
        public User save(User user) {
            return user;
        }

        @CacheEvict("users")
        public void remove(Id id) {}

        @FreshetEvict(cacheNames = "users", tags = "name:#{#user.name}")
        public void rename(User user) {}

        @CacheEvict(cacheNames = "users", allEntries = true)
        public void removeAll() {}
    }

    @Bean
    Users users() {
        return new Users();
    }

    @Bean
    CommandLineRunner use(Users users, ObjectProvider<Freshet> freshet) {
        return args -> {
            freshet.ifAvailable(client -> await().until(() -> client.ready().isDone()));
            Id id = new Id(1);
            for (int i = 0; i < 100; i++) {
                users.find(id);
                users.findSync(new Id(2));
                users.findOptional(id);
                users.findLater(new Id(3)).join();
                users.save(new User(id, "Bob"));
                users.remove(id);
                users.rename(new User(id, "Ada"));
            }
            users.removeAll();
            users.find(id);
            Restarts.started(RestartedApplication.class.getClassLoader());
        };
    }

    /** Starts the application as a developer does. */
    public static void main(String[] args) {
        SpringApplication.run(RestartedApplication.class, args);
    }
}

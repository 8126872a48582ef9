package dev.freshet.spring.boot;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** Contexts as Boot makes them for an application that has the starter. */
final class Contexts {

    /** Nobody listens there. */
    static final String NOBODY = "redis://127.0.0.1:1";

    private Contexts() {}

    /** Returns a runner with all that the starter configures, and with these configurations of Boot, as far as this Boot has them. */
    static ApplicationContextRunner withStarter(String... ofBoot) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(configurations(ofBoot)))
                .withPropertyValues("freshet.redis.uri=" + NOBODY);
    }

    /** Boot reads the conditions of a configuration without loading it. A test names classes, so it must not name one that cannot be loaded. */
    private static boolean isOfThisBoot(String configuration) {
        String health = configuration.contains("OfBoot4")
                ? "org.springframework.boot.health.contributor.HealthIndicator"
                : "org.springframework.boot.actuate.health.HealthIndicator";
        return !configuration.contains("Health") || ClassUtils.isPresent(health, null);
    }

    private static Class<?>[] configurations(String... ofBoot) {
        List<Class<?>> found = new ArrayList<>();
        for (String name : ofBoot) {
            if (ClassUtils.isPresent(name, null)) {
                found.add(ClassUtils.resolveClassName(name, null));
            }
        }
        for (String name : StarterFilesTest.configurations()) {
            if (isOfThisBoot(name)) {
                found.add(ClassUtils.resolveClassName(name, null));
            }
        }
        return found.toArray(Class<?>[]::new);
    }
}

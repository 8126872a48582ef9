package dev.freshet.spring.boot.test;

import dev.freshet.RegionOptions;
import dev.freshet.spring.boot.FreshetCacheCustomizer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/** Starts a context's Redis and proxy before the context, and ends them after it. */
final class FreshetContextCustomizer implements ContextCustomizer {

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        FreshetTester tester = new FreshetTester(context);
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "freshet test",
                        Map.of("freshet.redis.uri", tester.faults().redisUri())));
        DefaultListableBeanFactory beans = (DefaultListableBeanFactory) context.getBeanFactory();
        // What is registered first is destroyed last: the client still closes in peace.
        beans.registerDisposableBean("freshetTester", tester::close);
        beans.registerSingleton("freshetTester", tester);
        beans.registerSingleton("freshetTestClock", new ClockOfCaches(tester));
    }

    /** Gives every cache the clock of the test. */
    private record ClockOfCaches(FreshetTester tester) implements FreshetCacheCustomizer {
        @Override
        public RegionOptions<Object> region(String cache, RegionOptions<Object> options) {
            return options.cache(builder -> builder.time(new HandTime(tester.clock())));
        }
    }

    /** Contexts that differ in nothing else are one. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FreshetContextCustomizer;
    }

    @Override
    public int hashCode() {
        return FreshetContextCustomizer.class.hashCode();
    }
}

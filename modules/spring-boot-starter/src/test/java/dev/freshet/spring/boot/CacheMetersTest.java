package dev.freshet.spring.boot;

import static dev.freshet.spring.boot.Contexts.withStarter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;
import org.springframework.cache.CacheManager;
import org.springframework.cache.caffeine.CaffeineCacheManager;

/** Beside caches that Boot measures, in a registry of Prometheus. */
class CacheMetersTest {

    @Test
    void thisIsTheBootThatTheBuildNames() {
        assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("freshet.boot"));
    }

    /** Boot's own binder gives the keys, so that this fails if a later Boot gives others. */
    @Test
    void everyMeterOfACacheHasTheKeysThatBootGivesItsOwn() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        withStarter(
                        "org.springframework.boot.actuate.autoconfigure.metrics.cache.CacheMetricsAutoConfiguration",
                        "org.springframework.boot.cache.autoconfigure.metrics.CacheMetricsAutoConfiguration")
                .withBean(MeterRegistry.class, () -> registry)
                .withBean("others", CacheManager.class, CacheMetersTest::caffeine)
                .run(context -> {
                    context.getBean(Freshet.class).region("users", RegionOptions.maximumEntries(10));

                    List<Set<String>> keys = registry.getMeters().stream()
                            .map(Meter::getId)
                            .filter(id -> id.getName().equals("cache.gets"))
                            .map(id -> id.getTags().stream().map(Tag::getKey).collect(Collectors.toSet()))
                            .toList();
                    assertThat(keys).as("hits and misses of both").hasSize(4);
                    assertThat(Set.copyOf(keys)).as("keys").hasSize(1);
                    assertThat(registry.scrape())
                            .contains("cache_gets_total{cache=\"local\"", "cache_gets_total{cache=\"users\"");
                });
    }

    private static CacheManager caffeine() {
        CaffeineCacheManager manager = new CaffeineCacheManager("local");
        manager.setCacheSpecification("maximumSize=10,recordStats");
        return manager;
    }
}

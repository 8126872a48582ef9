package dev.freshet.spring.boot.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.spring.CacheKeyConverter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.cache.Cache;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@SpringBootTest(
        properties = {
            "freshet.caches.products.expire-after-write=10m",
            "freshet.timeout=500ms",
            "spring.cache.cache-names=products"
        })
@FreshetTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FreshetTestTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableCaching
    static class Application {
        @Bean
        Products products() {
            return new Products();
        }

        @Bean
        CacheKeyConverter skus() {
            return (cache, key) -> key instanceof Sku sku ? "sku:" + sku.number() : null;
        }
    }

    record Sku(int number) {
        @Override
        public String toString() {
            return "product " + number;
        }
    }

    static class Products {
        private final AtomicInteger loads = new AtomicInteger();

        @Cacheable("products")
        public String find(Sku sku) {
            return sku + ", load " + loads.incrementAndGet();
        }

        @CacheEvict("products")
        public void changed(Sku sku) {}
    }

    private static final Sku TEA = new Sku(1);

    @Autowired
    @SuppressWarnings("NullAway.Init") // by Spring
    private Products products;

    @Autowired
    @SuppressWarnings("NullAway.Init") // by Spring
    private FreshetTester freshet;

    @Autowired
    @SuppressWarnings("NullAway.Init") // by Spring
    private Freshet client;

    private Cache elsewhere() {
        return freshet.replica().cache("products");
    }

    @Test
    @Order(1)
    void whatIsEvictedHereIsEvictedElsewhereAndTheOtherWayRound() {
        freshet.awaitCoherent();
        elsewhere().get(TEA, () -> "of the other replica");
        freshet.awaitCoherent();
        elsewhere().get(TEA, () -> "of the other replica");
        products.changed(TEA);
        freshet.awaitCoherent();
        assertThat(elsewhere().get(TEA)).isNull();

        String cached = products.find(TEA);
        assertThat(products.find(TEA)).isEqualTo(cached);
        elsewhere().evict(TEA);
        freshet.awaitCoherent();
        assertThat(products.find(TEA)).isNotEqualTo(cached);
    }

    @Test
    @Order(2)
    void anEvictionThatWaitsForRedisArrives() {
        elsewhere();
        freshet.awaitCoherent();
        elsewhere().get(TEA, () -> "old");
        freshet.faults().cut();
        products.changed(TEA);
        assertThat(client.stats().queueChanges()).isEqualTo(1);
        assertThat(elsewhere().get(TEA)).isNotNull();
        freshet.faults().heal();
        freshet.awaitCoherent();
        assertThat(elsewhere().get(TEA)).isNull();
        freshet.faults().cut(); // the next test finds it healed
        freshet.redis().pause();
    }

    @Test
    @Order(3)
    void everyTestBeginsWithoutFaultsAndWithEmptyCaches() {
        freshet.awaitCoherent();
        assertThat(client.regions())
                .allSatisfy(region -> assertThat(region.stats().entries()).isZero());
    }

    @Test
    @Order(4)
    void entriesEndByTheClockOfTheTest() {
        freshet.awaitCoherent();
        String cached = products.find(TEA);
        freshet.clock().advance(Duration.ofMinutes(9));
        assertThat(products.find(TEA)).isEqualTo(cached);
        freshet.clock().advance(Duration.ofMinutes(2));
        await().until(() -> !products.find(TEA).equals(cached));
    }

    @Test
    void aCacheThatTheApplicationDoesNotHaveIsNamed() {
        assertThatThrownBy(() -> freshet.replica().cache("orders"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no cache \"orders\": the caches are [products]");
    }
}

package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.spring.boot.test.FreshetTest;
import dev.freshet.spring.boot.test.FreshetTester;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.cache.Cache;

@SpringBootTest(properties = "spring.datasource.url=jdbc:h2:mem:shop")
@FreshetTest
class ProductsTest {

    @Autowired
    private Products products;

    @Autowired
    private FreshetTester freshet;

    @Test
    void anotherReplicaHearsOfARenameAlsoIfRedisWasAway() {
        Cache elsewhere = freshet.replica().cache("products");
        products.rename(1, "tea");
        assertThat(products.find(1)).contains("tea");
        freshet.awaitCoherent();
        elsewhere.get(1L, () -> Optional.of("tea"));

        freshet.faults().cut();
        products.rename(1, "coffee");
        assertThat(products.find(1)).contains("coffee");
        freshet.faults().heal();

        freshet.awaitCoherent();
        assertThat(elsewhere.get(1L)).isNull();
    }
}

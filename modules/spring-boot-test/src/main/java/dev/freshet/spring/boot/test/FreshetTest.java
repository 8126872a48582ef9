package dev.freshet.spring.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a Spring test a real Redis of its own, behind a proxy that can fail, and a {@link FreshetTester} to inject:
 *
 * <pre>{@code
 * @SpringBootTest
 * @FreshetTest
 * class ProductsTest {
 *     @Autowired Products products;
 *     @Autowired FreshetTester freshet;
 *
 *     @Test
 *     void anotherReplicaHearsOfARename() {
 *         Cache elsewhere = freshet.replica().cache("products");
 *         elsewhere.get(1L, () -> "tea");
 *         products.rename(1, "coffee");
 *         freshet.awaitCoherent();
 *         assertThat(elsewhere.get(1L)).isNull();
 *     }
 * }
 * }</pre>
 *
 * <p>Entries expire by a clock that only the test moves. Before each test all faults end, Redis runs, and every cache is empty. Tests of
 * one context share its Redis, and must not run at the same time.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(FreshetExtension.class)
public @interface FreshetTest {}

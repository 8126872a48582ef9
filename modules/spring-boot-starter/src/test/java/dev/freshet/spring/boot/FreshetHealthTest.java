package dev.freshet.spring.boot;

import static dev.freshet.spring.boot.Contexts.withStarter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What health and the endpoint say, with a real Redis that comes and goes. */
class FreshetHealthTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final RegionOptions<String> OPTIONS = RegionOptions.maximumEntries(10);

    private static FreshetHealth.Verdict verdict(Freshet freshet) {
        return FreshetHealth.of(freshet).verdict();
    }

    @Test
    void upWhileAllIsConfirmedUnknownWhileRedisIsUnavailableAndUpAgain() {
        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            withStarter()
                    .withPropertyValues(
                            "freshet.redis.uri=" + proxy.redisUri(),
                            "freshet.timeout=200ms",
                            "management.endpoints.web.exposure.include=freshet")
                    .run(context -> {
                        Freshet freshet = context.getBean(Freshet.class);
                        FreshetEndpoint endpoint = context.getBean(FreshetEndpoint.class);
                        Region<String> users = freshet.region("users", OPTIONS);
                        await().until(() -> verdict(freshet) == FreshetHealth.Verdict.UP);
                        users.get("1", (key, load) -> "Ada");
                        await().until(() -> users.invalidate("1") instanceof Published.Logged);
                        assertThat(endpoint.client().status()).isEqualTo("UP");
                        assertThat(endpoint.client().regions()).singleElement().satisfies(region -> {
                            assertThat(region.name()).isEqualTo("users");
                            assertThat(region.state()).isEqualTo("confirmed");
                            assertThat(region.stores()).isEqualTo(1);
                            assertThat(region.evictions()).containsEntry("key", 1L);
                        });
                        assertThat(endpoint.region("users")).isNotNull();
                        assertThat(endpoint.region("absent")).isNull();

                        proxy.cut();
                        assertThat(users.invalidate("1")).isInstanceOf(Published.Queued.class);
                        await().until(() -> FreshetHealth.of(freshet).details().containsKey("trouble"));
                        FreshetHealth health = FreshetHealth.of(freshet);
                        assertThat(health.verdict()).isEqualTo(FreshetHealth.Verdict.UNKNOWN);
                        assertThat(health.details()).containsEntry("waitingInvalidations", 1);
                        assertThat(endpoint.client().trouble()).isNotNull();

                        proxy.heal();
                        await().until(() -> verdict(freshet) == FreshetHealth.Verdict.UP);
                        assertThat(endpoint.client().invalidations().queueDrained())
                                .isPositive();
                    });
        }
    }

    /** It may be confirmed a moment ago, and the invalidation that waits is nobody's yet. */
    @Test
    void unknownWhileARegionIsNotConfirmed() {
        withStarter().run(context -> {
            Freshet freshet = context.getBean(Freshet.class);
            assertThat(verdict(freshet)).isEqualTo(FreshetHealth.Verdict.UNKNOWN);
            freshet.region("users", OPTIONS);
            assertThat(FreshetHealth.of(freshet).details()).containsEntry("regions", Map.of("users", "unconfirmed"));
        });
    }

    /** Publishing would go on, as far as anybody knows. */
    @Test
    void unknownWhileARegionIsNotConfirmedAlthoughThePublisherIsConnected() {
        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            withStarter()
                    .withPropertyValues("freshet.redis.uri=" + proxy.redisUri(), "freshet.redis.command-timeout=10m")
                    .run(context -> {
                        Freshet freshet = context.getBean(Freshet.class);
                        await().until(() -> verdict(freshet) == FreshetHealth.Verdict.UP);
                        proxy.stall();
                        freshet.region("users", OPTIONS);

                        FreshetHealth health = FreshetHealth.of(freshet);
                        proxy.heal();
                        assertThat(health.details())
                                .containsEntry("publisherConnected", true)
                                .containsEntry("regions", Map.of("users", "unconfirmed"));
                        assertThat(health.verdict()).isEqualTo(FreshetHealth.Verdict.UNKNOWN);
                        await().until(() -> verdict(freshet) == FreshetHealth.Verdict.UP);
                    });
        }
    }

    @Test
    void downWhileSomebodyMustMendSomething() {
        try (RedisServer locked = RedisServer.builder().withPassword("right").start()) {
            withStarter()
                    .withPropertyValues(
                            "freshet.redis.uri=redis://" + locked.host() + ":" + locked.port(),
                            "freshet.redis.password=wrong")
                    .run(context -> {
                        Freshet freshet = context.getBean(Freshet.class);
                        freshet.region("users", OPTIONS);
                        await().until(() -> verdict(freshet) == FreshetHealth.Verdict.DOWN);
                        assertThat(FreshetHealth.of(freshet).details())
                                .containsKey("misconfiguration")
                                .asString()
                                .doesNotContain("wrong");
                    });
        }
    }

    /** Health of the whole application: an unknown part leaves it up. */
    @Test
    void bootAsksTheIndicatorOfItsVersion() {
        withStarter().run(context -> {
            Object indicator = context.getBean("freshetHealthIndicator");
            Object health = indicator.getClass().getMethod("health").invoke(indicator);
            assertThat(health).asString().startsWith("UNKNOWN");
        });
    }
}

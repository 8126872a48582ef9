package dev.freshet.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.faults.LackingClock;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A class or method is missing on a thread of the bus or of a cache: health and a metric say so. The clock stands for the library.
 */
class LibraryThatDoesNotFitTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @ParameterizedTest
    @ValueSource(strings = {"freshet-receive-.*", "freshet-control-.*", "freshet-cache-sweeper"})
    void isSaidByHealthAndAMetric(String threads) throws Exception {
        String[] settings = {
            "redis.uri", redis.uri(),
            "http.port", "0",
            "management.host", "127.0.0.1",
            "management.port", "0",
            "heartbeat", "50ms",
            "regions.users.expire-after-write", "1ms"
        };
        try (Service service =
                Service.start(new SubscriberApplication(LackingClock.on(threads)), Configuration.of(settings))) {
            RawHttp users = new RawHttp(service.port());
            RawHttp management = new RawHttp(service.managementPort());
            await().until(() -> {
                String lease = users.get("/v1/regions/users/entries/user:1").header("Lease");
                if (lease != null) {
                    users.put("/v1/regions/users/entries/user:1", "Ada", "Lease", lease);
                }
                return new JsonObject(management.get("/health/ready").text()).containsKey("misconfigured");
            });

            assertThat(new JsonObject(management.get("/health/ready").text()).getString("misconfigured"))
                    .contains("A library on the class path does not fit", "gone()");
            assertThat(management.get("/metrics").text()).contains("freshet_redis_misconfigured 1");
        }
    }
}

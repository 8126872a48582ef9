package dev.freshet.client;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.cache.ValueCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** What the tests connect with. */
final class Client {

    /** An address at which nobody listens. */
    static final String NOBODY = "redis://127.0.0.1:1";

    static final ValueCodec<String> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private Client() {}

    /** A configuration for tests about something else than slowness. */
    static FreshetConfig patient(String uri) {
        return FreshetConfig.of(uri)
                .withRedis(Patient.redis(uri))
                .withPublisher(it -> Patient.publisher(uri))
                .withSubscriber(it -> Patient.subscriber(uri))
                .withTier(it -> Patient.tier(uri))
                .withTimeout(Duration.ofSeconds(20));
    }

    /** A configuration that finds out within a second or two that Redis is unavailable. */
    static FreshetConfig quick(String uri) {
        return FreshetConfig.of(uri)
                .withRedis(RedisConfig.of(uri).withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(1)))
                .withSubscriber(it -> it.withHeartbeat(Duration.ofMillis(100)))
                .withTimeout(Duration.ofMillis(500));
    }

    static Region<String> users(Freshet freshet) {
        return users(freshet, options -> options);
    }

    /** Opens region {@code users}, and waits until it is confirmed. */
    static Region<String> users(Freshet freshet, UnaryOperator<RegionOptions<String>> change) {
        Region<String> users = freshet.region("users", change.apply(RegionOptions.maximumEntries(10_000)));
        Awaitility.await().until(() -> users.ready().isDone());
        return users;
    }
}

package dev.freshet.cache.tier;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.ValueCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** One replica of an application: a region of texts with a tier of its own connections. */
final class Replica implements AutoCloseable {

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

    final CachedRegion<String> region;
    final RedisTier.Region tier;
    final LateTier late;
    final RegionCache<String> local;
    private final Subscriber subscriber;
    private final RedisTier connections;

    Replica(String uri, Publisher publisher, UnaryOperator<RegionCacheBuilder<String>> settings) {
        this(
                uri,
                publisher,
                settings.apply(RegionCache.<String>builder("users").maximumEntries(1000))
                        .build(),
                TEXT);
    }

    Replica(String uri, Publisher publisher, RegionCache<String> local, ValueCodec<String> codec) {
        this(uri, Patient.tier(uri), publisher, local, codec, UnaryOperator.identity());
    }

    Replica(
            String uri,
            Publisher publisher,
            RegionCache<String> local,
            UnaryOperator<CachedRegion.Builder<String>> layers) {
        this(uri, Patient.tier(uri), publisher, local, TEXT, layers);
    }

    Replica(
            String uri,
            RedisTierConfig tierConfig,
            Publisher publisher,
            RegionCache<String> local,
            ValueCodec<String> codec) {
        this(uri, tierConfig, publisher, local, codec, UnaryOperator.identity());
    }

    private Replica(
            String uri,
            RedisTierConfig tierConfig,
            Publisher publisher,
            RegionCache<String> local,
            ValueCodec<String> codec,
            UnaryOperator<CachedRegion.Builder<String>> layers) {
        this.local = local;
        connections = RedisTier.connect(tierConfig);
        tier = connections.region("users", Duration.ofMinutes(10));
        late = new LateTier(tier);
        region = layers.apply(CachedRegion.over(local).tier(late, codec).publisher(publisher))
                .build();
        subscriber = Subscriber.connect(Patient.subscriber(uri), Map.of("users", region));
        Awaitility.await().until(subscriber::isCaughtUp);
    }

    Subscriber subscriber() {
        return subscriber;
    }

    @Override
    public void close() {
        subscriber.close();
        region.close();
        connections.close();
    }
}

package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ValueCodec;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** During a rolling deploy the former and the next release share a region, though neither can read the other's bytes. */
class RollingDeployTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    /** Writes its version before the text, and fails on every other form. */
    private record Form(int version) implements ValueCodec<String> {
        @Override
        public byte[] encode(String value) {
            return (version + ":" + value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (!text.startsWith(version + ":")) {
                throw new IllegalArgumentException("another form: " + text);
            }
            return text.substring((version + ":").length());
        }
    }

    private static RegionCache<String> cache() {
        return RegionCache.<String>builder("users").maximumEntries(1000).build();
    }

    private Replica replica(Publisher publisher, int version) {
        return open.closing(new Replica(REDIS.uri(), publisher, cache(), new Form(version)));
    }

    private static boolean isInRedis(Replica replica, int version) {
        return replica.tier.ofCodecVersion(version).read("user:1").join() instanceof TierRead.Found;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void bothReleasesKeepTheirFormsAndAnInvalidationEvictsBoth(int former) {
        int next = former + 1;
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        List<Replica> replicas = List.of(
                replica(publisher, former),
                replica(publisher, former),
                replica(publisher, next),
                replica(publisher, next));
        List<Selector> selectors =
                List.of(Selector.keys("user:1"), Selector.tags("team:7"), Selector.prefixes("user:"), Selector.all());
        for (Selector selector : selectors) {
            load(replicas.get(0), "old");
            load(replicas.get(2), "old");
            await().until(() -> isInRedis(replicas.get(0), former) && isInRedis(replicas.get(2), next));
            load(replicas.get(1), "old");
            load(replicas.get(3), "old");

            Change.Builder change = Change.builder();
            String[] named = selector.names().toArray(String[]::new);
            publisher
                    .publish(
                            "users",
                            (switch (selector.kind()) {
                                        case KEYS -> change.keys(named);
                                        case TAGS -> change.tags(named);
                                        case PREFIXES -> change.prefixes(named);
                                        case ALL -> change.all();
                                    })
                                    .build())
                    .join();

            assertThat(isInRedis(replicas.get(0), former)).isFalse();
            assertThat(isInRedis(replicas.get(0), next)).isFalse();
            for (Replica replica : replicas) {
                await().until(() -> replica.local.getIfPresent("user:1") == null);
                load(replica, "new");
            }
            for (Replica replica : replicas) {
                assertThat(replica.region.stats().codecFailures()).isZero();
                replica.region.invalidate(Selector.keys("user:1")).join();
            }
        }
    }

    private static void load(Replica replica, String source) {
        assertThat(replica.region.get("user:1", (key, load) -> {
                    load.tags("team:7");
                    return source;
                }))
                .isEqualTo(source);
    }

    @Test
    void aCodecWithAVersionBelowZeroIsRefusedWhenTheRegionIsBuilt() {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        Replica some = replica(publisher, 0);
        assertThatThrownBy(() ->
                        CachedRegion.over(cache()).tier(some.tier, new Form(-1)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}

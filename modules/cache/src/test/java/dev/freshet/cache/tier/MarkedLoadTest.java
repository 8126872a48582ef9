package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A load within a transaction that began at a mark, in a region with a tier. */
class MarkedLoadTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();

    /** A region of which only the subscriber goes over a proxy. */
    private record Wired(CachedRegion<String> region, RedisTier.Region tier, Publisher publisher, FaultProxy proxy) {
        boolean isInRedis(String key) {
            return tier.read(key).join() instanceof TierRead.Found;
        }

        /** What was given to the tier before this is there after it. */
        void awaitStores() {
            for (int i = 0; i < 16; i++) {
                String key = "later:" + i;
                region.get(key, (missed, load) -> "v");
                await().until(() -> isInRedis(key));
            }
        }
    }

    private <T extends AutoCloseable> T open(T closeable) {
        open.add(0, closeable);
        return closeable;
    }

    private Wired wired() {
        FaultProxy proxy = open(FaultProxy.to(REDIS.server()));
        Publisher publisher = open(Publisher.connect(Patient.publisher(REDIS.uri())));
        RedisTier.Region tier =
                open(RedisTier.connect(Patient.tier(REDIS.uri()))).region("users", Duration.ofMinutes(10));
        CachedRegion<String> region = open(CachedRegion.over(RegionCache.<String>builder("users")
                        .maximumEntries(1000)
                        .build())
                .tier(tier, Replica.TEXT)
                .publisher(publisher)
                .build());
        Subscriber subscriber = open(Subscriber.connect(Patient.subscriber(proxy.redisUri()), Map.of("users", region)));
        await().until(subscriber::isCaughtUp);
        Receipt receipt = publisher.publish("users", Change.ofKeys("user:0")).join();
        assertThat(subscriber
                        .region("users")
                        .awaitPosition(receipt.position(), Duration.ofMinutes(1))
                        .join())
                .isTrue();
        open(proxy::heal);
        return new Wired(region, tier, publisher, proxy);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void whatIsLoadedSinceAMarkIsStoredInRedisIfNothingHappened() {
        Wired wired = wired();
        CachedRegion<String> region = wired.region();
        Mark mark = region.mark();
        assertThat(region.get("user:1", (key, load) -> "Ada", mark)).isEqualTo("Ada");
        await().until(() -> wired.isInRedis("user:1"));
    }

    @Test
    void whatChangedSinceAMarkAndIsNotAppliedHereYetIsNotStoredInRedis() {
        Wired wired = wired();
        CachedRegion<String> region = wired.region();
        Mark mark = region.mark();
        wired.proxy().stall(FaultProxy.Direction.values());
        wired.publisher().publish("users", Change.ofKeys("user:1")).join(); // another transaction has committed

        assertThat(region.get("user:1", (key, load) -> "old", mark)).isEqualTo("old");

        wired.awaitStores();
        assertThat(wired.isInRedis("user:1")).isFalse();
        wired.proxy().heal();
        await().until(() -> region.local().getIfPresent("user:1") == null);
    }

    @Test
    void aLeaseSinceAMarkStoresHereOnly() {
        Wired wired = wired();
        CachedRegion<String> region = wired.region();
        Lease lease = region.lease("user:1", region.mark());
        assertThat(region.store(lease, "Ada", StoreOptions.none()).isStored()).isTrue();
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
        wired.awaitStores();
        assertThat(wired.isInRedis("user:1")).isFalse();
    }

    @Test
    void aMarkOfTheLocalCacheIsRefused() {
        Wired wired = wired();
        CachedRegion<String> region = wired.region();
        Mark mark = region.local().mark();
        assertThatIllegalArgumentException().isThrownBy(() -> region.get("user:1", (key, load) -> "v", mark));
    }
}

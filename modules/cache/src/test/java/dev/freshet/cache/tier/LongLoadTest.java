package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads of the region itself that take longer than a lease lives. */
class LongLoadTest {

    private static final Duration LEASE_TTL = Duration.ofSeconds(10);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** The ways to load through a region. */
    enum Way {
        GET {
            @Override
            void load(CachedRegion<String> region, String value, Runnable meanwhile) {
                region.get("user:1", (key, context) -> {
                    meanwhile.run();
                    return value;
                });
            }
        },
        GET_ASYNC {
            @Override
            void load(CachedRegion<String> region, String value, Runnable meanwhile) {
                region.getAsync("user:1", (key, context) -> {
                            meanwhile.run();
                            return CompletableFuture.completedFuture(value);
                        })
                        .join();
            }
        },
        GET_ALL {
            @Override
            void load(CachedRegion<String> region, String value, Runnable meanwhile) {
                region.getAll(List.of("user:1", "user:2"), (missing, context) -> {
                    meanwhile.run();
                    return Map.of("user:1", value, "user:2", value);
                });
            }
        };

        abstract void load(CachedRegion<String> region, String value, Runnable meanwhile);
    }

    private final HandClock clock = new HandClock();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private <T extends AutoCloseable> T open(T closeable) {
        open.add(0, closeable);
        return closeable;
    }

    private RegionCacheBuilder<String> cache() {
        return RegionCache.<String>builder("users")
                .maximumEntries(100)
                .leaseTtl(LEASE_TTL)
                .time(new HandTime(clock));
    }

    private CachedRegion<String> region(boolean isTiered) {
        RegionCache<String> local = cache().build();
        if (!isTiered) {
            return open(CachedRegion.over(local).build());
        }
        Publisher publisher = open(Publisher.connect(Patient.publisher(REDIS.uri())));
        return open(new Replica(REDIS.uri(), publisher, local, Replica.TEXT)).region;
    }

    private void leasesExpire(CachedRegion<String> region) {
        clock.advance(LEASE_TTL.multipliedBy(2));
        region.local().sweep();
    }

    @ParameterizedTest
    @CsvSource({"GET,false", "GET,true", "GET_ASYNC,false", "GET_ASYNC,true", "GET_ALL,false", "GET_ALL,true"})
    void whatALongLoadBringsIsKept(Way way, boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        way.load(region, "Ada", () -> leasesExpire(region));
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
        assertThat(region.local().stats().leases()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"GET,false", "GET,true", "GET_ASYNC,false", "GET_ASYNC,true", "GET_ALL,false", "GET_ALL,true"})
    void whatOvertookALongLoadStillDoes(Way way, boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        way.load(region, "Ada", () -> {
            region.local().invalidate("user:1");
            leasesExpire(region);
        });
        assertThat(region.local().getIfPresent("user:1")).isNull();
        way.load(region, "Ada", () -> {
            region.local().invalidate(Selector.prefixes("user:"));
            leasesExpire(region);
        });
        assertThat(region.local().getIfPresent("user:1")).isNull();
    }

    @Test
    void whatALongLoadOfManyBringsIsStoredInRedis() {
        Publisher publisher = open(Publisher.connect(Patient.publisher(REDIS.uri())));
        Replica replica = open(new Replica(REDIS.uri(), publisher, cache().build(), Replica.TEXT));
        Way.GET_ALL.load(replica.region, "Ada", () -> leasesExpire(replica.region));
        await().until(() -> replica.tier.read("user:2").join() instanceof TierRead.Found);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLongLoadOfManyIsNotDisturbedByManyLeases(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        Way.GET_ALL.load(region, "Ada", () -> {
            for (int i = 0; i < 150_000; i++) {
                region.local().lease("other:" + i);
            }
        });
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
    }

    @Test
    void aLongRefreshIsKept() {
        CachedRegion<String> region = open(CachedRegion.over(cache().refreshAfterWrite(Duration.ofSeconds(1))
                        .refreshExecutor(Runnable::run)
                        .build())
                .build());
        region.local().put("user:1", "old");
        clock.advance(Duration.ofSeconds(2));
        assertThat(region.get("user:1", (key, context) -> {
                    leasesExpire(region);
                    return "new";
                }))
                .isEqualTo("old");
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("new");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLeaseOfAForeignCallerStillExpires(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        Lookup.Miss<String> miss = (Lookup.Miss<String>) region.lookup("user:1").join();
        leasesExpire(region);
        assertThat(region.store(miss.lease(), "Ada", StoreOptions.none()).refusal())
                .hasValue(Refusal.EXPIRED);
    }

    @Test
    void whoWaitsForALoadOfManyWaitsNoLongerThanTheLoadTimeout() {
        CachedRegion<String> region = open(
                CachedRegion.over(cache().loadTimeout(Duration.ofSeconds(30)).build())
                        .build());
        List<CompletableFuture<Lookup<String>>> waiters = new ArrayList<>();
        Way.GET_ALL.load(region, "Ada", () -> {
            waiters.add(region.local().lookupOrAwait("user:1", Duration.ofHours(1), true));
            leasesExpire(region);
            assertThat(waiters.get(0)).isNotDone();
            clock.advance(Duration.ofSeconds(10));
            region.local().sweep();
            assertThat(waiters.get(0).orTimeout(1, TimeUnit.MINUTES).join()).isInstanceOf(Lookup.Miss.class);
            waiters.add(region.local().lookupOrAwait("user:2", Duration.ofHours(1), true));
            assertThat(waiters.get(1)).isCompletedWithValueMatching(found -> found instanceof Lookup.Miss);
        });
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
    }
}

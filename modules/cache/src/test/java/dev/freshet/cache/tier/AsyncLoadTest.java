package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads that hold no thread, with and without a tier. */
class AsyncLoadTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicInteger loads = new AtomicInteger();
    private final CompletableFuture<@Nullable String> source = new CompletableFuture<>();

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

    private Replica replica() {
        Publisher publisher = open(Publisher.connect(Patient.publisher(REDIS.uri())));
        return open(new Replica(REDIS.uri(), publisher, UnaryOperator.identity()));
    }

    private CachedRegion<String> region(boolean isTiered) {
        return isTiered ? replica().region : local(UnaryOperator.identity());
    }

    private CachedRegion<String> local(UnaryOperator<RegionCacheBuilder<String>> settings) {
        return open(CachedRegion.over(
                        settings.apply(RegionCache.<String>builder("users").maximumEntries(100))
                                .build())
                .build());
    }

    private CompletableFuture<@Nullable String> load(CachedRegion<String> region) {
        return region.getAsync("user:1", (key, load) -> {
            loads.incrementAndGet();
            load.tags("team:7");
            return source;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callersShareOneLoadWhicheverWayTheyWait(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        List<CompletableFuture<@Nullable String>> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            callers.add(load(region));
        }
        await().until(() -> loads.get() == 1);
        CompletableFuture<String> blocking = Background.call(() -> String.valueOf(
                region.get("user:1", (key, load) -> "loaded a second time: " + loads.incrementAndGet())));
        source.complete("Ada");

        assertThat(callers).allSatisfy(caller -> assertThat(caller.join()).isEqualTo("Ada"));
        assertThat(blocking.join()).isEqualTo("Ada");
        assertThat(loads).hasValue(1);
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
        assertThat(load(region)).isCompletedWithValue("Ada");
        region.local().invalidate(Selector.tags("team:7"));
        assertThat(region.local().getIfPresent("user:1")).isNull();
    }

    @Test
    void anAsynchronousCallerSharesTheLoadOfOneThatBlocks() throws Exception {
        CachedRegion<String> region = region(false);
        CountDownLatch loading = new CountDownLatch(1);
        CompletableFuture<String> blocking = Background.call(() -> String.valueOf(region.get("user:1", (key, load) -> {
            loading.countDown();
            return source.join();
        })));
        loading.await();
        CompletableFuture<@Nullable String> caller = load(region);
        source.complete("Ada");
        assertThat(caller.join()).isEqualTo("Ada");
        assertThat(blocking.join()).isEqualTo("Ada");
        assertThat(loads).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelledCallerEndsItsOwnWaitOnly(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        CompletableFuture<@Nullable String> first = load(region);
        CompletableFuture<@Nullable String> second = load(region);
        first.cancel(true);
        source.complete("Ada");
        assertThat(second.join()).isEqualTo("Ada");
        assertThat(first).isCancelled();
        assertThat(source).isNotCancelled();
        await().until(() -> region.local().getIfPresent("user:1") != null);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOvertakenLoadIsReturnedAndNotKept(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        CompletableFuture<@Nullable String> first = load(region);
        await().until(() -> loads.get() == 1);
        region.local().invalidate("user:1");
        CompletableFuture<@Nullable String> later =
                region.getAsync("user:1", (key, load) -> CompletableFuture.completedFuture("new"));
        assertThat(later.join()).isEqualTo("new");
        source.complete("old");
        assertThat(first.join()).isEqualTo("old");
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("new");
    }

    @Test
    void whatIsLoadedIsStoredInRedisAndFoundThere() {
        Replica one = replica();
        Replica two = replica();
        source.complete("Ada");
        assertThat(load(one.region).join()).isEqualTo("Ada");
        await().until(() -> two.tier.read("user:1").join() instanceof TierRead.Found);
        assertThat(load(two.region).join()).isEqualTo("Ada");
        assertThat(loads).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFailedLoadReachesEveryCallerAndCachesNothing(boolean isTiered) {
        CachedRegion<String> region = region(isTiered);
        CompletableFuture<@Nullable String> first = load(region);
        CompletableFuture<@Nullable String> second = load(region);
        source.completeExceptionally(new IllegalStateException("no database"));
        for (CompletableFuture<@Nullable String> caller : List.of(first, second)) {
            assertThatThrownBy(caller::join)
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOf(LoadException.class)
                    .hasRootCauseMessage("no database");
        }
        assertThatThrownBy(() -> region.getAsync("user:1", (key, load) -> {
                            throw new IOException("at once");
                        })
                        .join())
                .cause()
                .isInstanceOf(LoadException.class)
                .hasRootCauseMessage("at once");
        assertThat(region.get("user:1", (key, load) -> "Ada")).isEqualTo("Ada");
    }

    @Test
    void aCallerWaitsNoLongerThanTheTimeoutAndTheLoadGoesOn() {
        CachedRegion<String> region = local(cache -> cache.loadTimeout(Duration.ofMillis(50)));
        assertThatThrownBy(() -> load(region).join()).cause().isInstanceOf(LoadTimeoutException.class);
        assertThat(region.local().stats().loadTimeouts()).isEqualTo(1);
        source.complete("Ada");
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("Ada");
    }

    @Test
    void afterTheSoftTimeoutACopyIsReturned() {
        CachedRegion<String> region =
                local(cache -> cache.failSafe(Duration.ofHours(1)).softTimeout(Duration.ofMillis(50)));
        region.get("user:1", (key, load) -> "old");
        region.local().invalidate("user:1");
        assertThat(load(region).join()).isEqualTo("old");
        source.complete("new");
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("new");
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // it never completes
    void aCallbackThatNeverEndsHoldsUpNobody() {
        CachedRegion<String> region = region(false);
        CountDownLatch never = new CountDownLatch(1);
        load(region).thenRun(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        CompletableFuture<@Nullable String> other = load(region);
        source.complete("Ada");
        assertThat(other.join()).isEqualTo("Ada");
        never.countDown();
    }

    @Test
    void aReaderOfAnOldEntryBeginsARefresh() {
        CachedRegion<String> region = local(cache -> cache.refreshAfterWrite(Duration.ofNanos(1)));
        region.get("user:1", (key, load) -> "old");
        assertThat(load(region)).isCompletedWithValue("old");
        assertThat(loads).hasValue(1);
        source.complete("new");
        assertThat(region.local().getIfPresent("user:1")).isEqualTo("new");
    }
}

package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The invariant: a refresh is one load under a lease like any other, one at a time, which delays no reader and takes nothing
 * away if it fails; what was invalidated meanwhile stays invalidated.
 */
class RefreshTest {

    private static final Duration AGE = Duration.ofSeconds(10);
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final Bench bench = new Bench();
    private final Deque<Runnable> background = new ArrayDeque<>();
    private final AtomicInteger loads = new AtomicInteger();
    private final Loader<String> loader = (key, load) -> "v" + loads.incrementAndGet();
    private final RegionCache<String> cache = builder().build();

    private RegionCacheBuilder<String> builder() {
        return bench.builder()
                .refreshAfterWrite(AGE)
                .refreshJitter(0)
                .leaseTtl(LEASE)
                .refreshExecutor(background::add);
    }

    private void runBackground() {
        while (!background.isEmpty()) {
            background.remove().run();
        }
    }

    private void fillAndAge() {
        cache.get("k", loader);
        bench.advance(AGE);
    }

    @Test
    void aHitPastItsAgeIsAnsweredAtOnceAndLoadedOnceBehind() {
        cache.get("k", loader);
        bench.advance(AGE.minusNanos(1));
        cache.get("k", loader);
        assertThat(background).isEmpty();
        bench.advance(Duration.ofNanos(1));
        IntStream.range(0, 5).forEach(i -> assertThat(cache.get("k", loader)).isEqualTo("v1"));
        assertThat(background).hasSize(1);
        assertThat(cache.stats().refreshes()).isEqualTo(1);
        runBackground();
        assertThat(cache.get("k", loader)).isEqualTo("v2");
        assertThat(background).isEmpty();
    }

    @Test
    void aHitThatIsAskedForAloneLeavesTheRefreshToTheLookupThatFollows() {
        fillAndAge();

        assertThat(cache.getIfHit("k")).isNull();
        Lookup<String> asked = cache.lookupForLoad("k");
        Lease refresh = asked instanceof Lookup.Hit<String> hit ? hit.refresh() : null;

        assertThat(refresh).isNotNull();
        assertThat(cache.getIfHit("k")).isEqualTo("v1"); // another one refreshes it
        assertThat(cache.stats().refreshes()).isEqualTo(1);
    }

    @Test
    void anInvalidationDuringARefreshWins() {
        for (Selector selector :
                new Selector[] {Selector.keys("k"), Selector.tags("t"), Selector.prefixes("k"), Selector.all()}) {
            cache.invalidate("k");
            cache.put("k", "before", StoreOptions.none().tags("t"));
            bench.advance(AGE);
            cache.get("k", (key, load) -> {
                load.tags("t");
                bench.apply(cache, selector, Duration.ZERO);
                return "outdated";
            });
            runBackground();
            assertThat(cache.getIfPresent("k")).as("%s", selector).isNull();
        }
    }

    @Test
    void aRefreshThatFailsLeavesTheEntryAndIsTriedAgainAfterALeasesTime() {
        fillAndAge();
        cache.get("k", (key, load) -> {
            throw new IOException("the source is away");
        });
        runBackground();
        assertThat(cache.stats().loadFailures()).isEqualTo(1);
        assertThat(cache.get("k", loader)).isEqualTo("v1");
        assertThat(background).isEmpty();
        bench.advance(LEASE);
        assertThat(cache.get("k", loader)).isEqualTo("v1");
        runBackground();
        assertThat(cache.get("k", loader)).isEqualTo("v2");
    }

    @Test
    void aRefreshThatFindsNothingToKeepTakesTheOldValueAway() {
        fillAndAge();
        Loader<String> gone = new Loader<>() {
            @Override
            public @Nullable String load(String key, dev.freshet.cache.LoadContext context) {
                return null;
            }
        };
        cache.get("k", gone);
        runBackground();
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void whatTheExecutorHasNoRoomForIsCounted() {
        RegionCache<String> full = builder()
                .refreshExecutor(work -> {
                    throw new RejectedExecutionException("full");
                })
                .build();
        full.put("k", "v");
        bench.advance(AGE);
        assertThat(full.get("k", loader)).isEqualTo("v");
        assertThat(full.stats().refreshesRejected()).isEqualTo(1);
    }

    @Test
    void ofTheReadersThatLoadThemselvesOneIsAsked() {
        cache.put("k", "v");
        bench.advance(AGE);
        Lease lease = ((Lookup.Hit<String>) cache.lookup("k")).refresh();
        assertThat(lease).isNotNull();
        assertThat(((Lookup.Hit<String>) cache.lookup("k")).refresh()).isNull();
        bench.advance(LEASE);
        Lease again = ((Lookup.Hit<String>) cache.lookup("k")).refresh();
        assertThat(again).isNotNull();
        assertThat(cache.store(lease, "late", StoreOptions.none())).isEqualTo(StoreResult.refused(Refusal.EXPIRED));
        assertThat(cache.store(again, "new", StoreOptions.none()).isStored()).isTrue();
        assertThat(((Lookup.Hit<String>) cache.lookup("k")).refresh()).isNull();
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
    }

    @Test
    void entriesOfOneAgeAreNotAllDueTogether() {
        RegionCache<String> jittered = builder().refreshJitter(0.5).build();
        IntStream.range(0, 1_000).forEach(i -> jittered.put("k" + i, "v"));
        bench.advance(AGE.dividedBy(2).minusNanos(1));
        assertThat(due(jittered)).isZero();
        bench.advance(AGE.dividedBy(4));
        assertThat(due(jittered)).isBetween(400L, 600L);
        bench.advance(AGE.dividedBy(4).plusNanos(1));
        assertThat(jittered.stats().refreshes() + due(jittered)).isEqualTo(1_000);
    }

    private static long due(RegionCache<String> cache) {
        return IntStream.range(0, 1_000)
                .filter(i -> ((Lookup.Hit<String>) cache.lookup("k" + i)).refresh() != null)
                .count();
    }

    @Test
    void theSharedThreadsDoItToo() {
        RegionCache<String> own = RegionCache.<String>builder("users")
                .maximumEntries(10)
                .refreshAfterWrite(Duration.ofMillis(1))
                .build();
        own.put("k", "old");
        await().until(() -> "new".equals(own.get("k", (key, load) -> "new")));
        own.close();
    }
}

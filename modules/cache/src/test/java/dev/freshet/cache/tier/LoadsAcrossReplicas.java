package dev.freshet.cache.tier;

import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replicas that share a Redis and have one load of a key. */
abstract class LoadsAcrossReplicas {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    /** Longer than any test takes: who waits that long has failed. */
    static final Duration LONG = Duration.ofMinutes(5);

    static final String KEY = "user:1";

    /** The ways to load through a region. */
    enum Way {
        GET {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return inBackground(() -> region.get(KEY, source::apply));
            }
        },
        GET_ASYNC {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return region.getAsync(KEY, (key, context) -> inBackground(() -> source.apply(key, context)));
            }
        },
        GET_ALL {
            @Override
            CompletableFuture<@Nullable String> load(
                    CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source) {
                return inBackground(() -> region.getAll(List.of(KEY), (missing, context) -> {
                            String value = source.apply(KEY, context.of(KEY));
                            return value == null ? Map.of() : Map.of(KEY, value);
                        })
                        .get(KEY));
            }
        };

        abstract CompletableFuture<@Nullable String> load(
                CachedRegion<String> region, BiFunction<String, LoadContext, @Nullable String> source);
    }

    static CompletableFuture<@Nullable String> inBackground(Supplier<@Nullable String> work) {
        return Background.call(() -> Optional.ofNullable(work.get())).thenApply(value -> value.orElse(null));
    }

    final AtomicInteger loads = new AtomicInteger();
    final CountDownLatch mayEnd = new CountDownLatch(1);
    private @Nullable Publisher publisher;

    Publisher publisher() {
        Publisher current = publisher;
        if (current == null) {
            current = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
            publisher = current;
        }
        return current;
    }

    Replica replica(Duration longestWait, UnaryOperator<RegionCacheBuilder<String>> settings) {
        return replica(REDIS.uri(), longestWait, settings);
    }

    Replica replica(String uri, Duration longestWait, UnaryOperator<RegionCacheBuilder<String>> settings) {
        RegionCache<String> local = settings.apply(RegionCache.<String>builder("users")
                        .maximumEntries(1000)
                        .loadTimeout(Duration.ofHours(1)))
                .build();
        return open.closing(new Replica(uri, publisher(), local, region -> region.oneLoadAcrossReplicas(longestWait)));
    }

    Replica replica() {
        return replica(LONG, UnaryOperator.identity());
    }

    List<Replica> replicas(int count) {
        List<Replica> replicas = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replicas.add(replica());
        }
        return replicas;
    }

    /** A source that answers when the test says so. */
    @Nullable
    String slowly(String key, LoadContext context) {
        loads.incrementAndGet();
        context.tags("team:7");
        awaitQuietly();
        return "Ada";
    }

    void awaitQuietly() {
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins a load, and waits until it runs. */
    CompletableFuture<@Nullable String> begin(
            Way way, Replica replica, BiFunction<String, LoadContext, @Nullable String> source) {
        int before = loads.get();
        CompletableFuture<@Nullable String> load = way.load(replica.region, source);
        await().until(() -> loads.get() > before);
        return load;
    }

    /** Begins loads that wait for another's, and waits until they have asked for it more than once. */
    List<CompletableFuture<@Nullable String>> waiting(
            Way way, List<Replica> replicas, BiFunction<String, LoadContext, @Nullable String> source) {
        List<CompletableFuture<@Nullable String>> waiting = new ArrayList<>();
        replicas.forEach(replica -> waiting.add(way.load(replica.region, source)));
        await().until(() -> replicas.stream().allMatch(replica -> replica.late.claiming.get() > 1));
        return waiting;
    }

    static String join(CompletableFuture<@Nullable String> load) {
        return String.valueOf(load.join());
    }

    boolean isClaimed(String key) {
        return !REDIS.server()
                .execute("EXISTS", "freshet:{users}:loading:" + key)
                .equals("0");
    }

    static long spared(List<Replica> replicas) {
        return replicas.stream()
                .mapToLong(replica -> replica.region.stats().loadsSpared())
                .sum();
    }

    static long inVain(List<Replica> replicas) {
        return replicas.stream()
                .mapToLong(replica -> replica.region.stats().loadsAwaitedInVain())
                .sum();
    }
}

package dev.freshet;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Syntax;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One publisher, one subscriber and one tier, and the regions that share them. */
final class FreshetClient implements Freshet {

    private final FreshetConfig config;
    private final GuardedObservation observation;
    private final Publisher publisher;
    private final Subscriber subscriber;
    private final ChangeQueue queue;
    private final Invalidations invalidations;

    // All below is guarded by this object's monitor, which is not held while anything blocks.

    /** Those that are being closed are still here: their names are free only when nothing follows them any more. */
    private final Map<String, OpenRegion<?>> regions = new HashMap<>();

    /** Read without the monitor, so that who looks at this client waits for nobody. */
    private volatile @Nullable RedisTier tier;

    private boolean isClosed;

    private FreshetClient(FreshetConfig config, GuardedObservation observation) {
        this.config = config;
        this.observation = observation;
        this.publisher = observation.publisher(Publisher.connect(
                config.publisher(), config.publisherListener().andThen(observation.publisherListener())));
        this.subscriber = Subscriber.connect(
                config.subscriber(), Map.of(), config.subscriberListener().andThen(observation.subscriberListener()));
        this.queue = new ChangeQueue(publisher, config.queueMaximumChanges());
        this.invalidations = new Invalidations(config.timeout(), config.onFailure(), queue, observation::made);
    }

    static FreshetClient start(FreshetConfig config) {
        GuardedObservation observation = new GuardedObservation(List.of(BothObservers.begun(config.observer())));
        FreshetClient client;
        try {
            client = new FreshetClient(config, observation);
        } catch (Throwable refused) {
            observation.closed();
            throw refused;
        }
        observation.connected(client, client.subscriber);
        return client;
    }

    @Override
    public synchronized <V> Region<V> region(String name, RegionOptions<V> options) {
        Syntax.requireRegion(name);
        Objects.requireNonNull(options, "options");
        if (isClosed) {
            throw new IllegalStateException("this client is closed: open region \"" + name + "\" in another one");
        }
        if (regions.containsKey(name)) {
            throw new IllegalStateException("region \"" + name
                    + "\" is open already: use the Region that the first call returned, or close that one first");
        }
        RegionCache<V> local = options.newCache(name);
        boolean isObserved = false;
        try {
            RedisTier.Region values = options.tier() == null ? null : valuesOf(name, options.tier());
            CachedRegion<V> cached = layered(local, values, options);
            isObserved = true;
            observation.opening(cached, values);
            RegionSubscription subscription = subscriber.follow(name, cached);
            OpenRegion<V> region = new OpenRegion<>(cached, subscription, invalidations, options, this::close);
            regions.put(name, region);
            return region;
        } catch (Throwable refused) {
            if (isObserved) {
                observation.closed(name);
            }
            local.close();
            throw refused;
        }
    }

    private RedisTier.Region valuesOf(String region, RegionOptions.Tier<?> options) {
        RedisTier values = tier;
        if (values == null) {
            values = RedisTier.connect(config.tier());
            tier = values;
        }
        return values.region(region, options.longest());
    }

    private <V> CachedRegion<V> layered(
            RegionCache<V> local, RedisTier.@Nullable Region values, RegionOptions<V> options) {
        RegionOptions.Tier<V> tiered = options.tier();
        CachedRegion.Builder<V> layers =
                CachedRegion.over(local).publisher(publisher).writeTimeout(config.timeout());
        if (values != null && tiered != null) {
            layers.tier(values, tiered.codec());
        }
        if (options.longestWait() != null) {
            layers.oneLoadAcrossReplicas(options.longestWait());
        }
        return layers.build();
    }

    /** Ends to follow a region that is being closed, and frees its name. */
    private void close(OpenRegion<?> region) {
        subscriber.unfollow(region.name());
        observation.closed(region.name());
        synchronized (this) {
            regions.remove(region.name(), region);
        }
    }

    private synchronized List<OpenRegion<?>> open() {
        return List.copyOf(regions.values());
    }

    @Override
    public CompletableFuture<Void> ready() {
        return CompletableFuture.allOf(open().stream().map(OpenRegion::ready).toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public List<Region<?>> regions() {
        return open().stream()
                .<Region<?>>map(region -> region)
                .sorted(Comparator.comparing(Region::name))
                .toList();
    }

    @Override
    public Publisher publisher() {
        return publisher;
    }

    @Override
    public @Nullable String misconfiguration() {
        String found = publisher.misconfiguration();
        if (found == null) {
            found = subscriber.misconfiguration();
        }
        RedisTier values = tier;
        if (found == null && values != null) {
            found = values.misconfiguration();
        }
        if (found == null) {
            found = queue.misconfiguration();
        }
        return found != null
                ? found
                : open().stream()
                        .map(OpenRegion::misconfiguration)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    @Override
    public @Nullable String trouble() {
        String found = misconfiguration();
        return found != null
                ? found
                : open().stream()
                        .map(OpenRegion::trouble)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    @Override
    public FreshetStats stats() {
        return invalidations.stats(observation.failures());
    }

    @Override
    public void close() {
        RedisTier values;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            values = tier;
        }
        open().forEach(OpenRegion::refuse);
        queue.close(config.closeTimeout());
        open().forEach(OpenRegion::end);
        subscriber.close();
        publisher.close();
        if (values != null) {
            values.close();
        }
        observation.closed();
    }

    @Override
    public String toString() {
        return "Freshet[" + config.redis() + "]";
    }
}

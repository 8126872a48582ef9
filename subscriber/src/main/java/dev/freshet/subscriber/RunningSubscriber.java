package dev.freshet.subscriber;

import dev.freshet.bus.Subscriber;
import dev.freshet.cache.RegionCache;
import dev.freshet.service.Application;
import dev.freshet.subscriber.http.EntriesServer;
import dev.freshet.subscriber.region.RedisTiers;
import dev.freshet.subscriber.region.StoredValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** A sidecar that takes requests. */
final class RunningSubscriber implements Application.Running {

    private final Vertx vertx;
    private final EntriesServer server;
    private final Supplier<Future<Void>> stopResp;
    private final Subscriber subscriber;
    private final RedisTiers tiers;
    private final List<RegionCache<StoredValue>> caches;

    RunningSubscriber(
            Vertx vertx,
            EntriesServer server,
            Supplier<Future<Void>> stopResp,
            Subscriber subscriber,
            RedisTiers tiers,
            Collection<RegionCache<StoredValue>> caches) {
        this.vertx = vertx;
        this.server = server;
        this.stopResp = stopResp;
        this.subscriber = subscriber;
        this.tiers = tiers;
        this.caches = List.copyOf(caches);
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public String place() {
        return server.place();
    }

    @Override
    public Future<Void> stop(Duration timeout) {
        // The server stops first: the regions must stay confirmed while a request is in flight.
        return server.stop(timeout).eventually(stopResp).eventually(() -> vertx.executeBlocking(leave()));
    }

    private Callable<Void> leave() {
        return () -> {
            subscriber.close();
            tiers.close();
            caches.forEach(RegionCache::close);
            return null;
        };
    }
}

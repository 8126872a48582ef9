package dev.freshet.resp.server;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.resp.client.Invalidations;
import dev.freshet.schema.Selector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Appends with a publisher of its own, which connects when the first client asks. Safe to use from any thread. */
final class LogInvalidations implements Invalidations {

    private static final long LOOK_AGAIN_MILLIS = 10;

    private final Vertx vertx;
    private final RedisConfig redis;
    private final BiConsumer<String, Selector> here;
    private @Nullable Future<Publisher> connected;

    /** @param here evicts in this process; does nothing for a region that it does not have */
    LogInvalidations(Vertx vertx, RedisConfig redis, BiConsumer<String, Selector> here) {
        this.vertx = vertx;
        this.redis = redis;
        this.here = here;
    }

    @Override
    public Future<String> append(String region, Selector selector) {
        return publisher()
                .compose(publisher -> Future.fromCompletionStage(publisher.publish(region, Change.of(selector)))
                        .map(receipt -> {
                            here.accept(region, selector);
                            return receipt.position().toString();
                        }));
    }

    private synchronized Future<Publisher> publisher() {
        if (connected == null) {
            Callable<Publisher> connect = () -> Publisher.connect(
                    PublisherConfig.of(redis.uri()).withRedis(redis).withName("resp"));
            connected = vertx.executeBlocking(connect, false).compose(this::whenConnected);
        }
        return connected;
    }

    /** The first change would be refused before the first connection. If there is none in time, the change is refused with a reason. */
    private Future<Publisher> whenConnected(Publisher publisher) {
        Promise<Publisher> ready = Promise.promise();
        long[] left = {redis.commandTimeout().toMillis() / LOOK_AGAIN_MILLIS};
        vertx.setPeriodic(LOOK_AGAIN_MILLIS, timer -> {
            if (publisher.isConnected() || left[0]-- <= 0) {
                vertx.cancelTimer(timer);
                ready.complete(publisher);
            }
        });
        return ready.future();
    }

    /** Disconnects. */
    synchronized Future<Void> close() {
        if (connected == null) {
            return Future.succeededFuture();
        }
        return connected.compose(publisher -> {
            Callable<Void> close = () -> {
                publisher.close();
                return null;
            };
            return vertx.executeBlocking(close, false);
        });
    }
}

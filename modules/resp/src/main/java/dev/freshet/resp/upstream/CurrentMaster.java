package dev.freshet.resp.upstream;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.direct.Master;
import dev.freshet.bus.direct.MasterFinder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the master for a moment, so that a thousand clients that connect at once do not ask the sentinels a thousand times. Safe
 * to use from any thread; never blocks.
 */
public final class CurrentMaster {

    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private final MasterFinder finder;
    private final TimeSource time;
    private @Nullable Future<Master> found;
    private long foundNanos;

    public CurrentMaster(Vertx vertx, MasterFinder finder, TimeSource time) {
        this.vertx = vertx;
        this.finder = finder;
        this.time = time;
    }

    /** Returns the master as it was at most a second ago. Fails with an exception that says what is wrong, without secrets. */
    public synchronized Future<Master> get() {
        Future<Master> last = found;
        boolean isRecent = last != null && (!last.isComplete() || time.nanoTime() - foundNanos < REMEMBERED_NANOS);
        if (last != null && isRecent && !last.failed()) {
            return last;
        }
        Promise<Master> promise = Promise.promise();
        found = promise.future();
        foundNanos = time.nanoTime();
        Callable<Master> find = finder::find;
        vertx.executeBlocking(find, false).onComplete(promise);
        return promise.future();
    }

    /** Forgets the master, because a server turned out to be none. */
    public synchronized void forget() {
        if (found != null && found.isComplete()) {
            found = null;
        }
    }
}

package dev.freshet.resp.tracking;

import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Lets answers wait until every invalidation has arrived that Redis sent before a moment: the answer to a PING comes behind them. One
 * PING serves all that wait when it is sent. Event loop of the tracking connection.
 */
final class Barriers {

    private record Waiter(Context context, Runnable then) {
        void release() {
            context.runOnContext(resumed -> then.run());
        }
    }

    private List<Waiter> next = new ArrayList<>();
    private final List<List<Waiter>> sent = new ArrayList<>();
    private final LongAdder pings = new LongAdder();

    /** Returns whether a PING must be sent for it: it is the first that waits for the next one. */
    boolean add(Context context, Runnable then) {
        next.add(new Waiter(context, then));
        return next.size() == 1;
    }

    void send(TrackingLink link) {
        List<Waiter> waiters = next;
        next = new ArrayList<>();
        sent.add(waiters);
        pings.increment();
        link.send(
                pong -> {
                    sent.remove(waiters);
                    waiters.forEach(Waiter::release);
                },
                "PING");
    }

    /** Releases all: nothing is answered here any more, so nobody can read what is outdated. */
    void releaseAll() {
        List<List<Waiter>> all = new ArrayList<>(sent);
        all.add(next);
        sent.clear();
        next = new ArrayList<>();
        all.forEach(waiters -> waiters.forEach(Waiter::release));
    }

    long pings() {
        return pings.sum();
    }
}

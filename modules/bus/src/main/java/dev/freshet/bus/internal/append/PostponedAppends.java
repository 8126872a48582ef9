package dev.freshet.bus.internal.append;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.schema.SelectorParts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Changes that no server takes at this moment, though one will soon: a slot of a cluster is moving, or a connection to a shard
 * is being made. They are appended again after a pause, so that they hold up no other region, until they have waited for the
 * command timeout. Belongs to the leader, except for {@link #weight}.
 */
final class PostponedAppends {

    /** Between two attempts. */
    static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final AppendContext context;
    private final Refusals refusals;
    private final long patienceNanos;

    /** Why each of them waits. */
    private Map<Submission, String> waiting = new LinkedHashMap<>();

    private long nextNanos;
    private volatile int weight;

    PostponedAppends(AppendContext context, Refusals refusals) {
        this.context = context;
        this.refusals = refusals;
        this.patienceNanos = context.connector().commandTimeout().toNanos();
    }

    /**
     * Takes in a change, unless it has waited too long or too much waits: then it is refused.
     *
     * @param mayBeInTheLog whether it was sent to a server
     */
    void add(Submission submission, String why, boolean mayBeInTheLog) {
        if (submission.isAnswered()) {
            return;
        }
        submission.rewind(mayBeInTheLog);
        int more = SelectorParts.weigh(submission.selectors());
        if (context.time().nanoTime() - submission.acceptedNanos() >= patienceNanos) {
            refusals.unavailable(List.of(submission), new Outage(Reason.REDIS_AWAY, why), false);
        } else if (weight > 0 && weight + more > context.config().queueMaximumInvalidations()) {
            refusals.full(List.of(submission));
        } else if (waiting.put(submission, why) == null) {
            if (waiting.size() == 1) {
                nextNanos = context.time().nanoTime() + PAUSE_NANOS;
            }
            addWeight(more);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Returns what is to be appended before other work, in its order; empty during the pause. */
    List<Submission> takeDue() {
        return waiting.isEmpty() || context.time().nanoTime() - nextNanos < 0 ? List.of() : takeAll();
    }

    List<Submission> takeAll() {
        List<Submission> taken = new ArrayList<>(waiting.keySet());
        waiting = new LinkedHashMap<>();
        weight = 0;
        return taken;
    }

    /** Returns how many keys, tags and prefixes wait. Any thread. */
    int weight() {
        return weight;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time writes
    private void addWeight(int more) {
        weight += more;
    }
}

package dev.freshet.resp.tracking;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.protocol.Reply;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Fetches copies: at most one fetch of a key at a time, and a bounded number of them. Leases are taken on any thread, before Redis is
 * asked; everything else happens on the event loop of the tracking connection, so in the order of the wire.
 */
final class Fills {

    private static final int MAX_IN_FLIGHT = 4096;

    /** Keys known to have no copy; more are forgotten. */
    private static final int MAX_UNSUITABLE = 10_000;

    private static final class Fill {
        final Copies<?> copies;
        final Lease lease;

        /** What is asked of a key that is no string; null: a string is fetched. */
        final @Nullable Question question;

        /** Whether the key changed since the lease was taken. */
        volatile boolean isOvertaken;

        long sentNanos;

        @Nullable
        Reply value;

        Fill(Copies<?> copies, Lease lease, @Nullable Question question) {
            this.copies = copies;
            this.lease = lease;
            this.question = question;
        }
    }

    private final TimeSource time;
    private final Map<String, Fill> inFlight = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Set<String> unsuitable = ConcurrentHashMap.newKeySet();
    private final LongAdder skipped = new LongAdder();

    Fills(TimeSource time) {
        this.time = time;
    }

    /** Takes a lease for a fetch; false: there is one, or the key has no copy, or too many are under way. Any thread. */
    boolean begin(Copies<?> copies, String key) {
        return !unsuitable.contains(key) && begin(copies, key, null);
    }

    /** Takes a lease for fetching an answer, as {@link #begin(Copies, String)} does for a string. Any thread. */
    boolean begin(Question question) {
        return begin(question.copies(), question.key(), question);
    }

    private boolean begin(Copies<?> copies, String key, @Nullable Question question) {
        if (inFlight.containsKey(key)) {
            return false;
        }
        if (count.incrementAndGet() > MAX_IN_FLIGHT) {
            count.decrementAndGet();
            skipped.increment();
            return false;
        }
        Fill fill = new Fill(copies, copies.lease(key), question);
        if (inFlight.putIfAbsent(key, fill) != null) {
            count.decrementAndGet();
            copies.release(fill.lease);
            return false;
        }
        return true;
    }

    /** Asks Redis. */
    void send(String key, TrackingLink link) {
        Fill fill = inFlight.get(key);
        if (fill == null) {
            return;
        }
        fill.sentNanos = time.nanoTime();
        Question question = fill.question;
        if (question == null) {
            int limit = fill.copies.maximumValueBytes();
            link.send(value -> fill.value = value, "GETRANGE", key, "0", Integer.toString(limit));
        } else {
            link.send(value -> fill.value = value, question.command());
        }
        link.send(remaining -> answered(key, fill, remaining), "PTTL", key);
    }

    private void answered(String key, Fill fill, Reply remaining) {
        end(key, fill);
        Reply value = fill.value;
        boolean isKept = false;
        if (value == null || value instanceof Reply.Fault || !(remaining instanceof Reply.Int millis)) {
            fill.copies.countUnsuitable();
            fill.copies.release(fill.lease);
        } else if (fill.question != null) {
            store(fill, fill.question, value, millis.value());
        } else if (value instanceof Reply.Text text) {
            isKept = fill.copies.store(fill.lease, text.bytes(), millis.value(), fill.sentNanos);
        }
        if (fill.question == null && !isKept && !fill.isOvertaken) {
            if (unsuitable.size() >= MAX_UNSUITABLE) {
                unsuitable.clear();
            }
            unsuitable.add(key);
        }
    }

    private static void store(Fill fill, Question question, Reply value, long remainingMillis) {
        Buffer answer = Buffer.buffer();
        Replies.reply(answer, value, false);
        fill.copies.storeAnswer(fill.lease, question.text(), answer, isEmpty(value), remainingMillis, fill.sentNanos);
    }

    /** Whether a read answers like this where there is no such key. */
    private static boolean isEmpty(Reply reply) {
        return reply instanceof Reply.Null
                || (reply instanceof Reply.Int number && number.value() == 0)
                || (reply instanceof Reply.Many many && many.items().stream().allMatch(Fills::isEmpty));
    }

    private void end(String key, Fill fill) {
        if (inFlight.remove(key, fill)) {
            count.decrementAndGet();
        }
    }

    /** Gives up a fetch that was not sent. Any thread. */
    void cancel(String key) {
        Fill fill = inFlight.remove(key);
        if (fill != null) {
            count.decrementAndGet();
            fill.copies.release(fill.lease);
        }
    }

    /** Notes that a key changed. Any thread. */
    void changed(String key) {
        Fill fill = inFlight.get(key);
        if (fill != null) {
            fill.isOvertaken = true;
        }
        if (!unsuitable.isEmpty()) {
            unsuitable.remove(key);
        }
    }

    /** Gives up all fetches, and forgets which keys have no copy. */
    void clear() {
        inFlight.keySet().forEach(this::cancel);
        unsuitable.clear();
    }

    /** Returns how many fetches are under way. */
    int inFlight() {
        return count.get();
    }

    /** Returns how many copies were not fetched, because too many fetches were under way. */
    long skipped() {
        return skipped.sum();
    }
}

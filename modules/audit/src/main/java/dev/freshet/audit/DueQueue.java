package dev.freshet.audit;

import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** What is to be asked later, by when. Bounded. Belongs to one thread. */
final class DueQueue<T> {

    /**
     * Something to ask.
     *
     * @param sinceMicros the moment that the times count from, on the Redis clock
     * @param moment which of the times is next
     */
    record Due<T>(T what, long sinceMicros, int moment) {}

    private final List<Duration> after;
    private final int maximum;
    private final PriorityQueue<Due<T>> queue =
            new PriorityQueue<>((one, other) -> Long.compare(dueMicros(one), dueMicros(other)));

    /** @param after the times, ascending */
    DueQueue(List<Duration> after, int maximum) {
        this.after = after;
        this.maximum = maximum;
    }

    Duration after(Due<T> due) {
        return after.get(due.moment());
    }

    private long dueMicros(Due<T> due) {
        return due.sinceMicros() + after(due).toNanos() / 1_000;
    }

    /** Takes something in, to be asked at the first of the times. Returns false if the queue is full. */
    boolean add(T what, long sinceMicros) {
        return add(new Due<>(what, sinceMicros, 0));
    }

    /** Takes something in again, to be asked at the next time, if there is one. */
    boolean addNext(Due<T> done) {
        return done.moment() + 1 >= after.size() || add(new Due<>(done.what(), done.sinceMicros(), done.moment() + 1));
    }

    private boolean add(Due<T> due) {
        return queue.size() < maximum && queue.add(due);
    }

    /** Returns what is due, or null. */
    @Nullable
    Due<T> poll(long nowMicros) {
        Due<T> first = queue.peek();
        return first != null && dueMicros(first) <= nowMicros ? queue.poll() : null;
    }

    int size() {
        return queue.size();
    }
}

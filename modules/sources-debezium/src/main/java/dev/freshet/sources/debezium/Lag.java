package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceListener;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * Measures how far a source is behind its server's log. At each look the log's end is marked with the time. The lag is the age of the
 * oldest mark that the source has not acknowledged. Used by one thread.
 *
 * @param <P> a position in the log
 */
final class Lag<P extends Comparable<P>> {

    /** More marks are not kept; the oldest counts. */
    private static final int MAX_MARKS = 1_000;

    private final String source;
    private final SourceListener listener;
    private final ArrayDeque<Mark<P>> marks = new ArrayDeque<>();

    Lag(String source, SourceListener listener) {
        this.source = source;
        this.listener = listener;
    }

    private record Mark<P>(P end, long nanos) {}

    /**
     * Reports the lag.
     *
     * @param acknowledged everything before it is acknowledged
     * @param end where the log ends now
     * @param bytes between the two
     */
    void look(P acknowledged, P end, long bytes, long nowNanos) {
        boolean isProgress = marks.isEmpty();
        while (!marks.isEmpty() && marks.getFirst().end().compareTo(acknowledged) <= 0) {
            marks.removeFirst();
            isProgress = true;
        }
        listener.lag(
                source,
                Math.max(0, bytes),
                marks.isEmpty()
                        ? Duration.ZERO
                        : Duration.ofNanos(nowNanos - marks.getFirst().nanos()));
        if (isProgress) {
            listener.progressed(source);
        }
        if (marks.size() < MAX_MARKS && end.compareTo(acknowledged) > 0) {
            marks.addLast(new Mark<>(end, nowNanos));
        }
    }
}

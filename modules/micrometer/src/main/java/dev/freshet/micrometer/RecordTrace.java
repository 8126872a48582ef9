package dev.freshet.micrometer;

import dev.freshet.schema.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * Tells a registry which span the stale window that it records now comes from, for exemplars. A registry of Prometheus asks for it through a
 * {@code SpanContext}; Freshet's applications have one.
 */
public final class RecordTrace {

    private static final ThreadLocal<@Nullable TraceContext> CURRENT = new ThreadLocal<>();

    private RecordTrace() {}

    /** Returns the span in which the change was accepted whose stale window the calling thread records; null: none, or nobody records it. */
    public static @Nullable TraceContext current() {
        return CURRENT.get();
    }

    static void during(TraceContext trace, Runnable recording) {
        CURRENT.set(trace);
        try {
            recording.run();
        } finally {
            CURRENT.remove();
        }
    }
}

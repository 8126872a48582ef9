package dev.freshet.service.log;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes the trace that the running thread works for behind a message, so that it can be found; nothing if it works for none. */
public final class TraceOfLine extends ClassicConverter {

    /** The word in a pattern. */
    static final String WORD = "trace";

    private static volatile Supplier<@Nullable String> current = () -> null;

    /**
     * Says where the trace is found. Replaces what was said before.
     *
     * @param traceId is asked on each thread that logs, and returns null where that works for no trace. It neither logs nor throws.
     */
    public static void from(Supplier<@Nullable String> traceId) {
        current = traceId;
    }

    @Override
    public String convert(ILoggingEvent event) {
        String traceId = current.get();
        return traceId == null ? "" : " (trace " + traceId + ")";
    }
}

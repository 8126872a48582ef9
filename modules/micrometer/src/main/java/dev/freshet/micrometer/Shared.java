package dev.freshet.micrometer;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters that publishers and subscribers have under the same names. The label {@code side} keeps them apart where both are in one
 * process.
 */
final class Shared {

    private static final String SIDE = "side";

    private Shared() {}

    static void invalidations(MeterGroup meters, Side side, LongAdder count) {
        meters.counter(
                "freshet.invalidations",
                "Invalidations: appended by a publisher, or applied by a subscriber",
                count,
                LongAdder::sum,
                SIDE,
                side.label());
    }

    static void records(MeterGroup meters, Side side, LongAdder count) {
        meters.counter(
                "freshet.records",
                "Records: appended by a publisher, or applied by a subscriber",
                count,
                LongAdder::sum,
                SIDE,
                side.label());
    }

    static <T> void foreignCodeFailures(MeterGroup meters, Side side, String code, T source, ToLongFunction<T> count) {
        meters.counter(
                "freshet.foreign.code.failures",
                "Calls of listeners, readers and observers that failed",
                source,
                count,
                "code",
                code,
                SIDE,
                side.label());
    }

    static <T> void misconfigured(MeterGroup meters, Side side, T source, Function<T, @Nullable String> fault) {
        meters.gauge(
                "freshet.redis.misconfigured",
                "1 while somebody must mend how Redis is accessed",
                null,
                source,
                asked -> fault.apply(asked) == null ? 0 : 1,
                SIDE,
                side.label());
    }

    static <T> void clockError(MeterGroup meters, Side side, T source, ToDoubleFunction<T> seconds) {
        meters.gauge(
                "freshet.clock.error",
                "Error of this process's estimate of the Redis clock, at most; NaN: unknown",
                "seconds",
                source,
                seconds,
                SIDE,
                side.label());
    }
}

package dev.freshet.service.rights;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts callers by name, and logs who is refused. Safe to use from any thread. */
final class CallerMeters {

    private static final Logger log = LoggerFactory.getLogger(CallerMeters.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** More names than one file can hold, and fewer than many files can. */
    private static final int MAX_NAMES = 2 * Grants.MAX_LINES;

    private record Key(String caller, String outcome) {}

    private final MeterRegistry registry;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong leftOut = new AtomicLong();

    CallerMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void admitted(String caller) {
        count(caller, "admitted");
    }

    void forbidden(String caller, Right right) {
        count(caller, "forbidden");
        report("a request was refused: it lacks the right " + right.text() + "; caller=" + caller);
    }

    /** @param isMissing whether nothing was shown */
    void unknown(boolean isMissing) {
        count("none", isMissing ? "missing" : "unknown");
        report(isMissing ? "a request without a token was refused" : "a request with an unknown token was refused");
    }

    private void count(String caller, String outcome) {
        Key key = new Key(caller, outcome);
        Counter known = counters.get(key);
        if (known == null) {
            Key bounded = counters.size() < 2 * MAX_NAMES ? key : new Key("other", outcome);
            known = counters.computeIfAbsent(bounded, this::counter);
        }
        known.increment();
    }

    private Counter counter(Key key) {
        return Counter.builder("freshet.http.callers")
                .description("Requests by caller: admitted, then perhaps forbidden; or with an unknown token, or none")
                .tag("caller", key.caller())
                .tag("outcome", key.outcome())
                .register(registry);
    }

    /** Logs one line in ten seconds at most: whoever is refused tries again. */
    private void report(String what) {
        long now = System.nanoTime();
        long next = nextLogNanos.get();
        if (now - next < 0 || !nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
            leftOut.incrementAndGet();
            return;
        }
        long before = leftOut.getAndSet(0);
        log.warn("{}{}", what, before == 0 ? "" : " (and " + before + " more refusals since the last such line)");
    }
}

package dev.freshet.service.port;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks every second whether watched files have changed, on a thread that may block. Costs nothing while no files are watched. Safe to
 * use from any thread.
 */
public final class FileWatch {

    static final long INTERVAL_MILLIS = 1_000;

    /** A look takes microseconds, unless the file system hangs. */
    private static final long MAX_LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Vertx vertx;
    private final MeterRegistry metrics;
    private final long intervalMillis;
    private final List<WatchedFiles<?>> all = new CopyOnWriteArrayList<>();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private volatile long lookedSinceNanos;

    /** @param intervalMillis between two looks */
    FileWatch(Vertx vertx, MeterRegistry metrics, long intervalMillis) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.intervalMillis = intervalMillis;
    }

    /** Watches these files until the process ends. */
    void add(WatchedFiles<?> files) {
        all.add(files);
        Gauge.builder("freshet.files.misconfigured", files, one -> faultOf(one) == null ? 0 : 1)
                .description("1 while files that this setting names must be mended; what was read before stays in use")
                .tag("setting", files.setting())
                .register(metrics);
        FunctionCounter.builder("freshet.files.reloads", files, WatchedFiles::reloads)
                .description("How many times files that this setting names were read again, because they had changed")
                .tag("setting", files.setting())
                .register(metrics);
        if (isTicking.compareAndSet(false, true)) {
            vertx.setPeriodic(intervalMillis, tick -> look());
        }
    }

    private void look() {
        if (!isLooking.compareAndSet(false, true)) {
            return; // The last look has not ended: a file system hangs.
        }
        lookedSinceNanos = System.nanoTime();
        Callable<Void> looks = () -> {
            all.forEach(WatchedFiles::look);
            return null;
        };
        vertx.executeBlocking(looks, false).onComplete(looked -> isLooking.set(false));
    }

    /** Returns what somebody must mend, in sentences, or null. Never blocks. */
    @Nullable
    String fault() {
        String faults = all.stream()
                .flatMap(files -> Stream.ofNullable(faultOf(files)).map(fault -> files.setting() + ": " + fault))
                .collect(Collectors.joining("; "));
        return faults.isEmpty() ? null : faults;
    }

    private @Nullable String faultOf(WatchedFiles<?> files) {
        boolean isStuck = isLooking.get() && System.nanoTime() - lookedSinceNanos > MAX_LOOK_NANOS;
        return isStuck
                ? Objects.requireNonNullElse(
                        files.fault(), "the file system does not answer; what was read before stays in use")
                : files.fault();
    }
}

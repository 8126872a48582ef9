package dev.freshet.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters that are registered one by one and removed together. What is registered after that is dropped. Safe to use from any
 * thread; throws what the registry throws.
 */
final class MeterGroup {

    /** Whose meters are in which registry. Two of a kind would share meters: one would be counted twice, the other not at all. */
    private static final Map<MeterRegistry, Set<Claim>> CLAIMS = new WeakHashMap<>();

    private record Claim(String owner, Tags tags) {}

    private final MeterRegistry registry;
    private final Tags tags;
    private final @Nullable Claim claim;
    private final @Nullable MeterGroup parent;

    // All below is guarded by this object's monitor, which is not held while the registry is called.

    private final List<Meter> meters = new ArrayList<>();
    private final Set<MeterGroup> children = new HashSet<>();
    private boolean isRemoved;

    private MeterGroup(MeterRegistry registry, Tags tags, @Nullable Claim claim, @Nullable MeterGroup parent) {
        this.registry = registry;
        this.tags = tags;
        this.claim = claim;
        this.parent = parent;
    }

    /**
     * Makes the group of all meters of one owner.
     *
     * @param owner whose meters they are, as a text of an error names it
     * @throws IllegalStateException if the registry has meters of such an owner with these tags
     */
    static MeterGroup claim(MeterRegistry registry, Tags tags, String owner) {
        Claim claim = new Claim(owner, tags);
        synchronized (CLAIMS) {
            if (!CLAIMS.computeIfAbsent(registry, absent -> new HashSet<>()).add(claim)) {
                throw new IllegalStateException(
                        "the registry has the meters of a " + owner
                                + (tags.stream().findAny().isPresent() ? " with " + tags : "")
                                + " already: close that one first, or give each a tag of its own, with FreshetMetrics.withTags");
            }
        }
        return new MeterGroup(registry, tags, claim, null);
    }

    /** Makes a group within this one, whose meters have further tags. It can be removed before this one. */
    MeterGroup with(String... keysAndValues) {
        return with(Tags.of(keysAndValues));
    }

    /** Makes a group within this one; see {@link #with(String...)}. */
    synchronized MeterGroup with(Tags further) {
        MeterGroup child = new MeterGroup(registry, tags.and(further), null, this);
        if (isRemoved) {
            child.isRemoved = true;
        } else {
            children.add(child);
        }
        return child;
    }

    /** @param source is not kept from being collected */
    <T> void counter(String name, String description, T source, ToLongFunction<T> value, String... keysAndValues) {
        add(() -> FunctionCounter.builder(name, source, value::applyAsLong)
                .description(description)
                .tags(tags.and(keysAndValues))
                .register(registry));
    }

    /** @param source is not kept from being collected */
    <T> void gauge(
            String name,
            String description,
            @Nullable String unit,
            T source,
            ToDoubleFunction<T> value,
            String... keysAndValues) {
        add(() -> Gauge.builder(name, source, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags.and(keysAndValues))
                .register(registry));
    }

    /** @param source is not kept from being collected */
    <T> void functionTimer(
            String name, String description, T source, ToLongFunction<T> count, ToDoubleFunction<T> totalNanos) {
        add(() -> FunctionTimer.builder(name, source, count, totalNanos, TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    Timer timer(String name, String description, long[] bucketsMicros, String... keysAndValues) {
        Duration[] buckets = new Duration[bucketsMicros.length];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(bucketsMicros[i]));
        }
        Timer timer = Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(buckets)
                .tags(tags.and(keysAndValues))
                .register(registry);
        add(() -> timer);
        return timer;
    }

    private void add(Supplier<Meter> registration) {
        Meter meter = registration.get();
        synchronized (this) {
            if (!isRemoved) {
                meters.add(meter);
                return;
            }
        }
        registry.remove(meter);
    }

    /** Removes all meters, also if the registry fails to remove some of them; then throws what it threw first. */
    void remove() {
        List<Runnable> steps = new ArrayList<>();
        synchronized (this) {
            isRemoved = true;
            children.forEach(child -> steps.add(child::remove));
            meters.forEach(meter -> steps.add(() -> registry.remove(meter)));
            children.clear();
            meters.clear();
        }
        steps.add(this::leave);
        Steps.takeAll(steps);
    }

    private void leave() {
        if (parent != null) {
            synchronized (parent) {
                parent.children.remove(this);
            }
        }
        if (claim != null) {
            synchronized (CLAIMS) {
                CLAIMS.getOrDefault(registry, Set.of()).remove(claim);
            }
        }
    }
}

package dev.freshet.sources;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.sources.SourceConfig.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The sources of a process. Safe to use from any thread. */
public final class Sources implements AutoCloseable {

    private final List<Running> running;

    private record Running(SourceRunner runner, DatabaseClock clock) {}

    private Sources(List<Running> running) {
        this.running = running;
    }

    /** The kinds that this program can read. */
    public static Set<Kind> kinds() {
        Map<Kind, SourceFactory> factories = factories();
        return factories.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(factories.keySet()));
    }

    /**
     * Starts sources. Does not block: each connects in a thread of its own.
     *
     * @param listener called on the sources' threads
     */
    public static Sources start(
            List<SourceConfig> configs,
            Publisher publisher,
            ChangeReader reader,
            RedisConfig redis,
            SourceListener listener) {
        Map<Kind, SourceFactory> factories = configs.isEmpty() ? Map.of() : factories();
        List<Running> running = new ArrayList<>();
        for (SourceConfig config : configs) {
            SourceFactory factory = factories.get(config.kind());
            if (factory == null) {
                throw new IllegalArgumentException("no source of kind " + config.kind() + " is in this program");
            }
            DatabaseClock clock = new DatabaseClock(TimeSource.SYSTEM);
            Source source = factory.create(config, new SourceContext(publisher, reader, listener, redis, clock));
            running.add(new Running(new SourceRunner(config.name(), source, listener), clock));
        }
        running.forEach(one -> one.runner().start());
        return new Sources(List.copyOf(running));
    }

    private static Map<Kind, SourceFactory> factories() {
        Map<Kind, SourceFactory> factories = new EnumMap<>(Kind.class);
        ServiceLoader.load(SourceFactory.class).forEach(factory -> factories.put(factory.kind(), factory));
        return factories;
    }

    /** The names of the sources, as configured. */
    public List<String> names() {
        return running.stream().map(one -> one.runner().name()).toList();
    }

    /** Returns why a source does not read or cannot publish, or null if all is well. Never blocks. */
    public @Nullable String fault(String name) {
        return of(name).runner().fault();
    }

    /** How far off the estimate of a source's clock may be. */
    public OptionalLong clockErrorMicros(String name) {
        return of(name).clock().errorMicros();
    }

    private Running of(String name) {
        return running.stream()
                .filter(one -> one.runner().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no source is called " + name));
    }

    /** Stops all sources; waits for each, bounded. What is not acknowledged will be read again. */
    @Override
    public void close() {
        running.parallelStream().forEach(one -> one.runner().close());
    }
}

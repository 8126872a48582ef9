package dev.freshet.sources;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.sources.SourceConfig.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs the sources of a process. Safe to use from any thread. */
public final class Sources implements AutoCloseable {

    private final List<Running> running;

    private record Running(SourceRunner runner, DatabaseClock clock) {}

    /**
     * Why a source failed once.
     *
     * @param why a clause
     * @param at when
     */
    public record Failure(String why, Instant at) {}

    private Sources(List<Running> running) {
        this.running = running;
    }

    /** Returns the kinds of sources in this program. */
    public static Set<Kind> kinds() {
        Map<Kind, SourceFactory> factories = factories();
        return factories.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(factories.keySet()));
    }

    /**
     * Starts sources. Does not block: each source connects in its own thread.
     *
     * @param listener called on the sources' threads
     * @param publishers connects another publisher, whose records bear this origin
     * @throws IllegalArgumentException if this program has no source of a configured kind
     */
    public static Sources start(
            List<SourceConfig> configs,
            Publisher publisher,
            ChangeReader reader,
            RedisConfig redis,
            SourceListener listener,
            Function<String, Publisher> publishers) {
        Map<Kind, SourceFactory> factories = configs.isEmpty() ? Map.of() : factories();
        List<Running> running = new ArrayList<>();
        for (SourceConfig config : configs) {
            SourceFactory factory = factories.get(config.kind());
            if (factory == null) {
                throw new IllegalArgumentException(
                        "source " + config.name() + ": this program has no sources of kind " + config.kind());
            }
            DatabaseClock clock = new DatabaseClock(TimeSource.SYSTEM);
            Source source =
                    factory.create(config, new SourceContext(publisher, reader, listener, redis, clock, publishers));
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

    /** Returns the names of the sources, in the order of the configuration. */
    public List<String> names() {
        return running.stream().map(one -> one.runner().name()).toList();
    }

    /** Returns why a source cannot read or publish, or null if it works. Never blocks. */
    public @Nullable String fault(String name) {
        return of(name).runner().fault();
    }

    /** Returns a source's last failure since the start, also if it works again; null: there was none. Never blocks. */
    public @Nullable Failure lastFailure(String name) {
        return of(name).runner().lastFailure();
    }

    /** Returns what people should know about a source that works, or null. Never blocks. */
    public @Nullable String note(String name) {
        return of(name).runner().note();
    }

    /** Returns how far the estimate of a source's clock may be off, in microseconds; empty while unknown. */
    public OptionalLong clockErrorMicros(String name) {
        return of(name).clock().errorMicros();
    }

    private Running of(String name) {
        return running.stream()
                .filter(one -> one.runner().name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no source " + name + "; there are " + names()));
    }

    /** Stops all sources and waits for them, with a timeout. Unacknowledged changes are read again at the next start. */
    @Override
    public void close() {
        List<Thread> closing = running.stream()
                .map(one -> new Thread(
                        one.runner()::close,
                        "freshet-source-stop-" + one.runner().name()))
                .toList();
        closing.forEach(Thread::start);
        try {
            for (Thread one : closing) {
                one.join();
            }
        } catch (InterruptedException e) {
            closing.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
    }
}

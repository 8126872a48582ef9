package dev.freshet.bus.internal.redis;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnsupportedLibraryException;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The faults of the configuration that a component meets, by the place where it meets them. A fault lasts until the place works, or
 * until nobody has met it for some minutes. It is logged once, and again if it changes. Any thread.
 */
public final class ConfigurationFaults {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFaults.class);

    /** More are neither kept nor logged: regions are places, and may be many. */
    private static final int MAX_PLACES = 100;

    private static final long FORGOTTEN_AFTER_NANOS = TimeUnit.MINUTES.toNanos(5);

    private record Fault(String why, long metNanos) {}

    private final TimeSource time;
    private final boolean isLogged;
    private final Map<String, Fault> byPlace = new ConcurrentHashMap<>();

    /** What lasts as long as the process; the first one, of any number. */
    private final AtomicReference<@Nullable String> broken = new AtomicReference<>();

    private final Set<String> brokenThreads = ConcurrentHashMap.newKeySet();

    private ConfigurationFaults(TimeSource time, boolean isLogged) {
        this.time = time;
        this.isLogged = isLogged;
    }

    /** Keeps faults, and logs them. */
    public static ConfigurationFaults logged(TimeSource time) {
        return new ConfigurationFaults(time, true);
    }

    /** Keeps faults; those who meet them tell of them. */
    static ConfigurationFaults unlogged() {
        return new ConfigurationFaults(TimeSource.SYSTEM, false);
    }

    TimeSource time() {
        return time;
    }

    /**
     * Notes a fault.
     *
     * @param place where it was met
     * @param why a whole sentence without secrets
     */
    public void met(String place, String why) {
        if (!byPlace.containsKey(place) && byPlace.size() >= MAX_PLACES) {
            byPlace.values().removeIf(this::isForgotten);
            if (byPlace.size() >= MAX_PLACES) {
                return;
            }
        }
        Fault before = byPlace.put(place, new Fault(why, time.nanoTime()));
        if (isLogged && (before == null || !before.why().equals(why))) {
            LOG.warn("{}. This is retried, and said only once, until it is mended", why);
        }
    }

    /**
     * Notes that the calling thread cannot go on: a class or method is missing, and a place in the code that failed to find one fails
     * for as long as the process lives. Logged once a thread's name.
     *
     * @return what callers are told, in a sentence
     */
    public String broken(LinkageError fault) {
        return broken(Thread.currentThread().getName(), fault);
    }

    /**
     * Notes what cannot go on, as {@link #broken(LinkageError)} does for a thread.
     *
     * @param what what cannot go on, as it goes on in a sentence
     */
    public String broken(String what, LinkageError fault) {
        Throwable root = RedisErrors.rootCause(fault);
        // Another's message is not ours: it might hold a secret.
        String lacks = root instanceof LinkageError
                ? root.toString()
                : fault + " for " + root.getClass().getName();
        String why = UnsupportedLibraryException.cannotGoOn(what, lacks);
        broken.compareAndSet(null, why);
        if (isLogged && brokenThreads.size() < MAX_PLACES && brokenThreads.add(what)) {
            LOG.error("{}", why, fault);
        }
        return why;
    }

    /** Notes that the place works. */
    public void mended(String place) {
        Fault before = byPlace.remove(place);
        if (isLogged && before != null) {
            LOG.info("no longer: {}", before.why());
        }
    }

    /** Whether any may last; if not, no place needs to be {@link #mended}. Costs next to nothing. */
    public boolean isAny() {
        return !byPlace.isEmpty();
    }

    /** Returns one that lasts, in a sentence, or null if there is none. If there are several, it is always the same one. */
    public @Nullable String current() {
        String lasting = broken.get();
        if (lasting != null) {
            return lasting;
        }
        if (byPlace.isEmpty()) {
            return null;
        }
        byPlace.values().removeIf(this::isForgotten);
        return byPlace.entrySet().stream()
                .min(Comparator.comparing(Map.Entry::getKey))
                .map(entry -> entry.getValue().why())
                .orElse(null);
    }

    private boolean isForgotten(Fault fault) {
        return time.nanoTime() - fault.metNanos() > FORGOTTEN_AFTER_NANOS;
    }
}

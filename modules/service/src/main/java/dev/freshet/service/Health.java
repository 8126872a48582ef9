package dev.freshet.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process is alive, started and ready, and why not. Safe to use from any thread.
 *
 * <p>Alive says only that the process answers: an orchestrator restarts what is not alive, and no restart here brings
 * Redis back. Ready depends on the {@linkplain #addReadiness checks}.
 */
public final class Health {

    /**
     * The result of one check.
     *
     * @param name what was checked
     * @param fault why it is not well, or null if it is
     */
    public record Check(String name, @Nullable String fault) {
        boolean isUp() {
            return fault == null;
        }
    }

    private enum Phase {
        STARTING,
        STARTED,
        STOPPING
    }

    private record Condition(String name, Supplier<@Nullable String> faultIn) {}

    private final List<Condition> startup = new CopyOnWriteArrayList<>();
    private final List<Condition> readiness = new CopyOnWriteArrayList<>();
    private final Map<String, Supplier<Object>> readyDetails = new ConcurrentSkipListMap<>();
    private volatile Phase phase = Phase.STARTING;
    private volatile boolean hasStarted;

    /**
     * Adds a condition of being ready.
     *
     * @param faultIn returns why it is not met, or null if it is; called on an event loop, must not block
     */
    public void addReadiness(String name, Supplier<@Nullable String> faultIn) {
        readiness.add(new Condition(name, faultIn));
    }

    /**
     * Adds a condition of having started. A process that once counted as started does so for good, whatever becomes of the
     * condition.
     *
     * @param faultIn returns why it is not met, or null if it is; called on an event loop, must not block
     */
    public void addStartup(String name, Supplier<@Nullable String> faultIn) {
        startup.add(new Condition(name, faultIn));
    }

    /**
     * Adds a member to the answer about being ready, for people to read. It does not change the verdict.
     *
     * @param value returns something that JSON can hold; called on an event loop, must not block
     */
    public void addReadyDetail(String member, Supplier<Object> value) {
        readyDetails.put(member, value);
    }

    Map<String, Supplier<Object>> readyDetails() {
        return readyDetails;
    }

    void started() {
        phase = Phase.STARTED;
    }

    void stopping() {
        phase = Phase.STOPPING;
    }

    /** Checks whether the process is alive: it is, if this runs. */
    public List<Check> live() {
        return List.of();
    }

    /** Checks whether the process has started. */
    public List<Check> startedChecks() {
        List<Check> checks = new ArrayList<>();
        checks.add(new Check("process", phase == Phase.STARTING ? "is starting" : null));
        startup.forEach(condition -> checks.add(new Check(condition.name(), hasStarted ? null : faultIn(condition))));
        if (checks.stream().allMatch(Check::isUp)) {
            hasStarted = true;
        }
        return checks;
    }

    /** Checks whether the process can do its work. */
    public List<Check> ready() {
        List<Check> checks = new ArrayList<>();
        checks.add(new Check(
                "process",
                switch (phase) {
                    case STARTING -> "is starting";
                    case STARTED -> null;
                    case STOPPING -> "is stopping";
                }));
        readiness.forEach(condition -> checks.add(new Check(condition.name(), faultIn(condition))));
        return checks;
    }

    /** Returns whether the process can do its work. */
    public boolean isReady() {
        return ready().stream().allMatch(Check::isUp);
    }

    private static @Nullable String faultIn(Condition condition) {
        try {
            return condition.faultIn().get();
        } catch (RuntimeException e) {
            return "cannot be checked: " + e;
        }
    }
}

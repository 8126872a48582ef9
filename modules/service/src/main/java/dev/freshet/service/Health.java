package dev.freshet.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether this process is alive, started and ready, and why not. Safe to use from any thread.
 *
 * <p>A process is alive if it answers. Nothing else counts, because an orchestrator restarts a process that is not alive, and a
 * restart does not bring Redis back. A process is ready if all {@linkplain #addReadiness checks} pass.
 */
public final class Health {

    /**
     * The result of one check.
     *
     * @param name what was checked
     * @param fault why the check failed, or null if it passed
     */
    public record Check(String name, @Nullable String fault) {
        boolean isUp() {
            return fault == null;
        }
    }

    private static final String MISCONFIGURED = "misconfigured";

    private enum Phase {
        STARTING,
        STARTED,
        STOPPING
    }

    private record Condition(String name, Supplier<@Nullable String> faultIn) {}

    private final List<Condition> startup = new CopyOnWriteArrayList<>();
    private final List<Condition> readiness = new CopyOnWriteArrayList<>();
    private final List<Supplier<@Nullable String>> misconfigurations = new CopyOnWriteArrayList<>();
    private final Map<String, Supplier<? extends @Nullable Object>> readyDetails = new ConcurrentSkipListMap<>();
    private volatile Phase phase = Phase.STARTING;
    private volatile boolean hasStarted;

    /**
     * Adds a condition of readiness.
     *
     * @param faultIn returns why the condition is not met, or null if it is met; called on an event loop, must not block
     */
    public void addReadiness(String name, Supplier<@Nullable String> faultIn) {
        readiness.add(new Condition(name, faultIn));
    }

    /**
     * Adds a condition of having started. Once all of them were met, the process counts as started until it ends.
     *
     * @param faultIn returns why the condition is not met, or null if it is met; called on an event loop, must not block
     */
    public void addStartup(String name, Supplier<@Nullable String> faultIn) {
        startup.add(new Condition(name, faultIn));
    }

    /**
     * Adds a member to the answer of {@code /health/ready}, for people. It does not change whether the process is ready.
     *
     * @param value returns a value that JSON can hold, or null to leave the member out; called on an event loop, must not block
     */
    public void addReadyDetail(String member, Supplier<? extends @Nullable Object> value) {
        readyDetails.put(member, value);
    }

    /**
     * Adds a part to the member {@code misconfigured} of the answer of {@code /health/ready}. It does not change whether the process is
     * ready.
     *
     * @param faultIn returns what somebody must mend, in a sentence, or null; called on an event loop, must not block
     */
    public void addMisconfiguration(Supplier<@Nullable String> faultIn) {
        misconfigurations.add(faultIn);
        readyDetails.put(MISCONFIGURED, this::misconfiguration);
    }

    private @Nullable String misconfiguration() {
        String faults = misconfigurations.stream()
                .flatMap(one -> Stream.ofNullable(one.get()))
                .collect(Collectors.joining("; "));
        return faults.isEmpty() ? null : faults;
    }

    Map<String, Supplier<? extends @Nullable Object>> readyDetails() {
        return readyDetails;
    }

    void started() {
        phase = Phase.STARTED;
    }

    void stopping() {
        phase = Phase.STOPPING;
    }

    /** Returns no checks: a process that runs this method is alive. */
    public List<Check> live() {
        return List.of();
    }

    /** Returns the checks of whether the process has started. */
    public List<Check> startedChecks() {
        List<Check> checks = new ArrayList<>();
        checks.add(new Check("process", phase == Phase.STARTING ? "is starting" : null));
        startup.forEach(condition -> checks.add(new Check(condition.name(), hasStarted ? null : faultIn(condition))));
        if (checks.stream().allMatch(Check::isUp)) {
            hasStarted = true;
        }
        return checks;
    }

    /** Returns the checks of whether the process can work. */
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

    /** Returns whether the process can work. */
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

package dev.freshet.proofs.lincheck;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Lets Lincheck explore scenarios that are written down: before; the threads, side by side and parted by bars; after. */
final class LincheckScenarios {

    private static final Set<String> ATOMIC = Stream.of(
                    "Lease",
                    "StoreOptions",
                    "StoreResult",
                    "internal.fence.VersionFences",
                    "internal.store.Expiration",
                    "internal.store.KeyStripe",
                    "internal.store.KeyTally",
                    "internal.store.LeaseGrant",
                    "internal.store.LeaseToken",
                    "internal.store.Recorder")
            .map(LincheckScenarios::existing)
            .collect(Collectors.toSet());

    private LincheckScenarios() {}

    /** A name that is nobody's would let the explorer lose itself in what does not matter. */
    private static String existing(String name) {
        try {
            return Class.forName("dev.freshet.cache." + name).getName();
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    static void check(Class<?> test, Class<?> specification, int invocations, List<String[]> scenarios) {
        ModelCheckingOptions options = new ModelCheckingOptions()
                .sequentialSpecification(specification)
                .iterations(0)
                .invocationsPerIteration(invocations)
                .addGuarantee(
                        forClasses(LincheckScenarios::isAtomic).allMethods().treatAsAtomic());
        for (String[] scenario : scenarios) {
            options.addCustomScenario(new ExecutionScenario(
                    actors(test, scenario[0]),
                    Arrays.stream(scenario[1].split("\\|", -1))
                            .map(thread -> actors(test, thread))
                            .toList(),
                    actors(test, scenario[2]),
                    null));
        }
        options.check(test);
    }

    /**
     * Caffeine's calls are taken for the atomic steps that its own Lincheck tests show them to be; of ours, what is guarded by
     * a stripe's monitor, immutable, or only counts. That leaves the explorer to what matters: fences, marks and monitors.
     */
    private static boolean isAtomic(String name) {
        return name.startsWith("com.github.benmanes.caffeine.") || ATOMIC.contains(name);
    }

    private static List<Actor> actors(Class<?> test, String operations) {
        return Arrays.stream(operations.split(" ", -1))
                .filter(operation -> !operation.isEmpty())
                .map(operation -> actor(test, operation))
                .toList();
    }

    private static Actor actor(Class<?> test, String operation) {
        try {
            return new Actor(test.getMethod(operation), List.of());
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }
}

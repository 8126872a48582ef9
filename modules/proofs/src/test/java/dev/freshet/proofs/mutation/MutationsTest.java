package dev.freshet.proofs.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Switches each protection off in turn, and runs a simulation until a promise breaks: a protection that it does not miss
 * is one that it does not test. {@code docs/simulation/mutations.md} shows the table.
 */
@Tag("ci")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class MutationsTest {

    /** Returns all of them. */
    protected abstract List<Mutation> mutations();

    /** Runs histories on a mutant until a promise breaks, and returns where, with the promise. */
    protected abstract String breach(Mutation mutation, Path emptyDirectory)
            throws IOException, ReflectiveOperationException;

    /** Returns the page that lists them. */
    protected static String documentation() throws IOException {
        return Files.readString(Path.of("..", "..", "docs", "simulation", "mutations.md"));
    }

    /** Runs seeds on a mutant until a promise breaks, and returns the seed with the promise. */
    protected static String breachOfASeed(Mutant mutant, Mutation mutation, int maxSeeds)
            throws ReflectiveOperationException {
        long seed = mutant.firstBreach(maxSeeds);
        assertThat(seed)
                .as("the first of %d seeds that misses: %s", maxSeeds, mutation)
                .isNotNegative();
        return "seed " + seed + " | " + mutant.breachOf(seed);
    }

    @Test
    void theDocumentationListsAllOfThem() throws IOException {
        String documentation = documentation();

        assertThat(mutations()).allSatisfy(mutation -> assertThat(documentation).contains("| " + mutation + " |"));
    }

    /** Also those that run at night only. */
    @Test
    void theSourcesHoldWhatEachReplaces() {
        assertThat(mutations())
                .allSatisfy(mutation -> assertThat(mutation.changedFiles()).isNotEmpty());
    }

    Stream<Mutation> soonMissed() {
        return mutations().stream().filter(mutation -> !mutation.isMissedLate());
    }

    Stream<Mutation> missedLate() {
        return mutations().stream().filter(Mutation::isMissedLate);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("soonMissed")
    void theSimulationMissesAProtectionThatIsSwitchedOff(Mutation mutation, @TempDir Path directory)
            throws IOException, ReflectiveOperationException {
        miss(mutation, directory);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("missedLate")
    @Tag("nightly")
    void afterManyHistoriesItMissesTheOthersToo(Mutation mutation, @TempDir Path directory)
            throws IOException, ReflectiveOperationException {
        miss(mutation, directory);
    }

    private void miss(Mutation mutation, Path directory) throws IOException, ReflectiveOperationException {
        System.out.println("| " + mutation + " | " + breach(mutation, directory) + " |");
    }
}

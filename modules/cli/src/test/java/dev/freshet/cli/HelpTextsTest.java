package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.KeptText;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts that {@code ./freshet} prints without building anything. The demo's is held by the demo's own test. */
class HelpTextsTest {

    private static final Path HELP = Path.of("help");

    @Test
    void theHelpIsAsPrinted() throws IOException {
        Outcome outcome = Outcome.of("--help");

        assertThat(outcome.exitCode()).isZero();
        KeptText.check(HELP.resolve("freshet.txt"), outcome.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publish",
                "tail",
                "members",
                "regions",
                "acl",
                "explain",
                "audit",
                "token",
                "doctor",
                "manifests",
                "help"
            })
    void theHelpOfACommandIsAsPrinted(String command) throws IOException {
        Outcome outcome = Outcome.of(command, "--help");

        assertThat(outcome.exitCode()).isZero();
        KeptText.check(HELP.resolve("freshet-" + command + ".txt"), outcome.out());
    }

    @Test
    void thereIsNoOtherCommand() {
        assertThat(FreshetMain.commandLine().getSubcommands().keySet())
                .containsExactlyInAnyOrder(
                        "demo",
                        "publish",
                        "tail",
                        "members",
                        "regions",
                        "acl",
                        "explain",
                        "audit",
                        "token",
                        "doctor",
                        "manifests",
                        "help");
    }

    @ParameterizedTest
    @ValueSource(strings = {"publish", "tail", "members", "regions", "acl", "explain", "token", "doctor", "manifests"})
    void theHelpOfACommandIsAlsoToBeHadByTheCommandHelp(String command) {
        assertThat(Outcome.of("help", command)).isEqualTo(Outcome.of(command, "--help"));
        assertThat(Outcome.of("help")).isEqualTo(Outcome.of("--help"));
    }
}

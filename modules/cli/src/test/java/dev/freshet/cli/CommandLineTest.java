package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

    /** An address where nothing listens. */
    private static final String NOBODY = "redis://:s3cret@127.0.0.1:1";

    @ParameterizedTest
    @ValueSource(strings = {"publish", "tail", "members", "doctor"})
    void everyCommandHasHelp(String command) {
        Outcome outcome = Outcome.of(command, "--help");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("Usage: freshet " + command, "--redis", "Exit codes");
    }

    @Test
    void helpListsCommandsAndExitCodes() {
        Outcome outcome = Outcome.of("--help");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("demo", "publish", "tail", "members", "doctor", "Exit codes:");
    }

    @Test
    void aMissingCommandIsAnError() {
        Outcome outcome = Outcome.of();

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("a command is missing");
    }

    @Test
    void everyFaultOfACommandLineIsNamedAtOnce() {
        Outcome outcome = Outcome.of("publish", "Users!", "--key", "", "--tag", "t", "--version", "-1");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .contains("REGION must match")
                .contains("--key must not be empty")
                .contains("--version must not be negative")
                .contains("--version is only for --key; leave out --tag, --prefix and --all");
    }

    @Test
    void anArgumentThatBeginsWithAnAtIsNoFileOfArguments(@TempDir Path folder) throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), "--help");

        assertThat(Outcome.of("publish", "users", "--key", "@" + arguments, "--version", "-1"))
                .isEqualTo(Outcome.of("publish", "users", "--key", "@other", "--version", "-1"));
    }

    @Test
    void publishNeedsASelector() {
        Outcome outcome = Outcome.of("publish", "users");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("nothing to invalidate was given");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://host", "redis://h:p:q", "redis://user@host", "redis://s3cret@host/x"})
    void aWrongAddressIsRefusedWithoutItsPassword(String uri) {
        Outcome outcome = Outcome.of("members", "users", "--redis", uri);

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("--redis must").doesNotContain("s3cret");
    }

    @Test
    void aMistypedOptionDoesNotShowThePassword() {
        Outcome outcome = Outcome.of("publish", "users", "--all", "--reddis=" + NOBODY);

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("--reddis").doesNotContain("s3cret");
    }

    @Test
    void whatStandsBehindAMistypedOptionIsNotShown() {
        Outcome outcome = Outcome.of("publish", "users", "--all", "--pasword", "s3cret");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("--pasword").doesNotContain("s3cret");
    }

    @Test
    void aWrongMomentIsRefused() {
        Outcome outcome = Outcome.of("publish", "users", "--all", "--changed-at", "yesterday");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("must be a moment like");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--remove", "--dry-run", "users --unused 1h", "U --remove"})
    void regionsThatAreNotNamedAreNotRemoved(String arguments) {
        Outcome outcome = Outcome.of(("regions " + arguments).split(" ", -1));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).containsAnyOf("--remove", "REGION must");
    }

    @Test
    void aWrongPositionIsRefused() {
        Outcome outcome = Outcome.of("tail", "users", "--from", "42");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("a position is written");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publish users --all",
                "members users",
                "tail users",
                "members",
                "regions",
                "regions users --remove",
                "doctor"
            })
    void withoutRedisEachSaysSoInASentence(String arguments) {
        String[] args = (arguments + " --redis " + NOBODY).split(" ", -1);

        Outcome outcome = Outcome.of(args);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out() + outcome.err())
                .contains("127.0.0.1:1")
                .doesNotContain("s3cret")
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
    }

    @Test
    void theDemoSaysWhatIsMissing() {
        Outcome outcome = Outcome.of("demo", "--for", "1s");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("freshet-demo.jar does not exist");
    }
}

package dev.freshet.service.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.freshet.service.Launcher;
import dev.freshet.service.TestService;
import dev.freshet.service.log.LoggingConfigurator;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command line or file that is wrong in any way ends in sentences, exit code 2, and shows no secret. */
final class HostileConfigurationTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private record Outcome(int exitCode, String err) {}

    private static Outcome run(String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        int exitCode = assertTimeoutPreemptively(SOON, () -> new Launcher<>(
                        TestService.application(), Map.of(), nowhere, new PrintStream(err, true, UTF_8))
                .run(args));
        return new Outcome(exitCode, err.toString(UTF_8));
    }

    private static void assertRefused(String... args) {
        Outcome outcome = run(args);

        assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.err())
                .doesNotContain("s3cret")
                .doesNotContain("Exception")
                .doesNotContain("\tat ")
                .hasSizeLessThan(2000);
        assertThat(outcome.err().lines().count()).isBetween(1L, 6L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--redis-ury redis://:s3cret@host",
                "--redis-ury=redis://:s3cret@host",
                "--redis.uri:redis://:s3cret@host",
                "redis://:s3cret@host",
                "-ps3cret!",
                "--pasword s3cret",
                "--set redis://:s3cret@host",
                "--set redis://:s3cret=@host",
                "--set redis.ury=redis://:s3cret@host",
                "--management-port redis://:s3cret@host --management-port redis://:s3cret@host",
                "--check-config=s3cret",
                "--config",
            })
    void aWrongCommandLineShowsNoSecret(String line) {
        assertRefused(line.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/zero", "/dev/random", "/dev/null", "/", "/nowhere", "a\u0000b", "/proc/self/mem"})
    void whatIsNoFileIsRefused(String file) {
        assertRefused("--config", file);
    }

    @Test
    void aPipeThatNobodyWritesToIsRefused(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertRefused("--config", pipe.toString());
    }

    @Test
    void aBombIsRefused(@TempDir Path folder) throws Exception {
        String aliases = "*a,".repeat(9) + "*a";
        for (String yaml : List.of(
                "a: " + "[".repeat(200_000) + "]".repeat(200_000),
                "a: " + "{a: ".repeat(100_000) + "1" + "}".repeat(100_000),
                "- ".repeat(100_000) + "a",
                "a: &a [" + aliases + "]",
                "a: &a {a: *a, b: *a}",
                "a: &a {b: [" + aliases + "]}",
                "a: &a [x,x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: [*d,*d,*d,*d]",
                "? [a, b]\n: c",
                "a: [" + "x,".repeat(400_000) + "x]",
                "%YAML 9.9\n---\na: b",
                "a: !!java.net.URL [\"http://localhost\"]",
                "a: \u0007",
                "x".repeat(5 << 20),
                "? " + "x".repeat(500_000) + "\n: 1",
                "\"a\\nb\\u001b[2J\": 1",
                "management: { port: 'redis://:s3cret@host' }")) {
            Path file = Files.writeString(folder.resolve("bomb.yaml"), yaml);
            assertRefused("--config", file.toString());
        }
        Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xff});
        assertRefused("--config", latin.toString());
    }

    @Test
    void ofVeryManyFaultsTheFirstAreShownSoon(@TempDir Path folder) throws Exception {
        StringBuilder yaml = new StringBuilder();
        for (int i = 0; i < 40_000; i++) {
            yaml.append("managemnt").append(i).append(": 1\n");
        }
        Outcome outcome = run(
                "--config", Files.writeString(folder.resolve("many.yaml"), yaml).toString());

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err().lines()).hasSize(102).first().asString().contains("40000 faults");
        assertThat(outcome.err()).contains("and 39900 more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"@/dev/zero", "@/proc/self/environ", "@/nowhere"})
    void anArgumentIsNoFileOfArguments(String argument) {
        assertRefused(argument);
    }

    /** What a client sent must neither look like a line of its own, nor control the terminal that shows it. */
    @Test
    void controlCharactersAreNotLogged() {
        LoggerContext context = new LoggerContext();
        new LoggingConfigurator().configure(context);
        ConsoleAppender<?> console =
                (ConsoleAppender<?>) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("console");
        String evil = "a\r\nb\u001b[2J\u0007\u0000\u007f\u0085\u009b\u2028\u202e\u2066z";
        LoggingEvent event = new LoggingEvent(
                "", context.getLogger("test"), Level.WARN, evil, new IllegalStateException(evil), null);
        String line = new String(encode(console, event), UTF_8);

        assertThat(line.replace("\r", "").replace("\n", "").replace("\t", "").chars())
                .noneMatch(Character::isISOControl)
                .doesNotContain(0x2028, 0x202e, 0x2066);
        assertThat(line.lines().findFirst().orElseThrow()).contains("a | b?[2J????????z");
    }

    @SuppressWarnings("unchecked")
    private static byte[] encode(ConsoleAppender<?> console, LoggingEvent event) {
        return ((ConsoleAppender<ch.qos.logback.classic.spi.ILoggingEvent>) console)
                .getEncoder()
                .encode(event);
    }
}

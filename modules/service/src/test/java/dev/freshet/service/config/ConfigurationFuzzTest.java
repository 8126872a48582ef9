package dev.freshet.service.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.RedisConfig;
import dev.freshet.service.Application;
import dev.freshet.service.Launcher;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.port.PortSettings;
import dev.freshet.testkit.fuzz.Fuzz;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Changes configuration files, variables and flags at random. Whatever they hold, the settings are read, or sentences name the fields;
 * none shows a password or a stack trace.
 *
 * <p>An input is a YAML file, then variables and flags, each after a zero byte. A variable begins with {@code FRESHET_}.
 */
final class ConfigurationFuzzTest {

    private static final Path CORPUS = Path.of("src/test/resources/fuzz/configurations.txt");

    private static final List<String> TOKENS = List.of(
            "\0",
            "\n",
            "\n  ",
            "\t",
            ":",
            ": ",
            "- ",
            "? ",
            "#",
            "&a ",
            "*a",
            "<<: *a",
            "!!int ",
            "!!binary ",
            "|\n",
            ">\n",
            "---\n",
            "...\n",
            "%YAML 9.9\n",
            "{",
            "}",
            "[",
            "]",
            ",",
            "'",
            "\"",
            "\"\\n\": ",
            "\"\\u001b[2J\": 1\n",
            "\"\\ud800\"",
            "null",
            "~",
            "true",
            "=",
            "$",
            "${HOME}",
            "@",
            "--",
            "--set",
            "\0--set\0",
            "\0--check-config",
            "\0--help",
            "\0--http-port\0",
            "\0--http-port=",
            "\0FRESHET_",
            "\0FRESHET_REGIONS__MAXIMUM_ENTRIES=1",
            "\0FRESHET_HTTP_PORT=",
            "_",
            ".",
            "-1",
            "1e400",
            "0x10",
            "9".repeat(30),
            "P" + "9".repeat(20) + "D",
            "PT0.0000000001S",
            "292y",
            "99999999999TiB",
            "1 \u00c2\u00b5s",
            "[".repeat(20),
            "{a: ".repeat(20),
            "x".repeat(3000),
            "redis://:s3cret@host",
            "redis://user:s3cret@[::1]:x/0?a=b#c",
            "rediss://:s3cret@",
            "\u00ff",
            "\u00c2\u0085",
            "\u00e2\u0080\u00a8",
            "\u00e2\u0080\u00ae",
            "\u001b[2J");

    /** Where a password stands in an address, it is one. Elsewhere, changes have made a name or another value of it. */
    private static final String PASSWORDS = "rediss?://[a-z]*:s3cret@";

    private static final int MAX_ALLOCATED_BYTES = 256 << 20;

    @TempDir
    private Path folder = Path.of("");

    /** Of each kind of setting one. */
    private static final class Everything implements Application<Integer> {
        @Override
        public String name() {
            return "freshet-test";
        }

        @Override
        public String summary() {
            return "Has settings of all kinds.";
        }

        @Override
        public int defaultManagementPort() {
            return 0;
        }

        @Override
        public Integer readSettings(Settings settings) {
            RedisConfig redis = RedisSettings.read(settings);
            PortSettings.read(
                    settings.section("http"),
                    new PortSettings.Defaults("127.0.0.1", 0, Duration.ofSeconds(60), 1000, "tests knock"));
            List<String> names =
                    settings.texts("names", "names", name -> name.length() > 5 ? "must be short" : null, "names");
            int regions = settings.map(
                            "regions",
                            key -> key.equals("BAD") ? "must be lower case" : null,
                            (key, section) -> ConfigurationTest.Region.read(section))
                    .size();
            return redis.hashCode() + names.size() + regions;
        }

        @Override
        public Future<Running> start(Integer settings, ServiceContext context) {
            throw new AssertionError("it starts, though it was asked to check only");
        }
    }

    @Test
    void anyConfigurationIsReadOrItsFaultsAreNamed() {
        Fuzz fuzz = Fuzz.of(CORPUS, List.of(), TOKENS);
        assertThat(fuzz.run(this::check)).as("inputs beside the corpus").isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
    }

    private void check(byte[] input) {
        String[] parts = new String(input, ISO_8859_1).split("\0", -1);
        List<String> flags = new ArrayList<>(List.of("--check-config", "--config", write(parts[0])));
        Map<String, String> environment = new TreeMap<>();
        for (int i = 1; i < parts.length; i++) {
            String part = new String(parts[i].getBytes(ISO_8859_1), UTF_8);
            int equals = part.indexOf('=');
            if (part.startsWith("FRESHET_") && equals > 0) {
                environment.put(part.substring(0, equals), part.substring(equals + 1));
            } else {
                flags.add(part);
            }
        }
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        Launcher<Integer> launcher =
                new Launcher<>(new Everything(), environment, out, new PrintStream(err, true, UTF_8));
        int[] exitCode = new int[1];
        long allocated = Fuzz.allocatedBytes(() -> exitCode[0] = launcher.run(flags.toArray(String[]::new)));
        assertThat(allocated).as("bytes allocated").isLessThan(MAX_ALLOCATED_BYTES);
        assertSaid(exitCode[0], err.toString(UTF_8), new String(input, ISO_8859_1));
    }

    private static void assertSaid(int exitCode, String said, String input) {
        if (exitCode == 0) {
            assertThat(said).isEmpty();
            return;
        }
        assertThat(exitCode).isEqualTo(2);
        assertThat(said).doesNotContain("Exception").doesNotContain("\tat ").hasSizeLessThan(200_000);
        if (!input.replaceAll(PASSWORDS, "").contains("s3cret")) {
            assertThat(said).doesNotContain("s3cret");
        }
        List<String> lines = List.of(said.split("\n", -1));
        assertThat(lines.get(0)).startsWith("freshet-test: ");
        assertThat(lines.get(lines.size() - 1)).isEmpty();
        for (String line : lines.subList(1, lines.size() - 1)) {
            assertThat(line).matches("  [^ ].*").hasSizeLessThan(2_000);
            assertThat(line.chars()).noneMatch(Character::isISOControl).doesNotContain(0x2028, 0x2029, 0x202e, 0x2066);
        }
    }

    private String write(String yaml) {
        try {
            return Files.write(folder.resolve("test.yaml"), yaml.getBytes(ISO_8859_1))
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

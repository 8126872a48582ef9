package dev.freshet.demo;

import dev.freshet.demo.stack.Jars;
import dev.freshet.demo.stack.StartFailedException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parses the command line of the demo and runs it. */
@Command(
        name = "freshet demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs Redis, the publisher, several replicas of a small application and a naive one (Caffeine with bare"
                    + " Pub/Sub), all on this machine, drives reads and writes, and counts stale answers.",
            "On a terminal, keys play faults: c cuts a replica off, s lets a change overtake a slow load, f freezes, r"
                    + " restarts Redis, k kills, q quits. Or kill any process that it names (kill -9 PID).",
            "With --resp, the replicas keep their users in Redis and have an ordinary Redis client, which connects to a"
                    + " sidecar instead. The sidecar answers reads from copies. There is no publisher, and no slow load."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no read was stale or failed, and every process was up at the end",
            "1:a read was stale, or a process did not start or come back",
            "2:wrong command line",
            "3:inconclusive: no read was stale, but reads failed",
            "130:ended by Ctrl-C"
        })
public final class DemoMain implements Callable<Integer> {

    @Option(
            names = "--replicas",
            paramLabel = "N",
            defaultValue = "3",
            description = "Replicas of the application, besides the naive one (1 to 20; default: 3).")
    private int replicas;

    @Option(
            names = "--resp",
            description = "Replicas that use a sidecar's RESP port as their Redis (default: Freshet in their process).")
    private boolean resp;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "How long to run, like 20s or 5m (default: until Ctrl-C, or until the script ends).")
    private @Nullable Duration duration;

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description =
                    "An existing Redis, like redis://host:6379 (default: the demo starts one). With --resp, its keys"
                            + " user:N and version:user:N are the demo's, and deleted at the end.")
    private @Nullable String redisUri;

    @Option(
            names = "--reads-per-second",
            paramLabel = "N",
            defaultValue = "600",
            description =
                    "Reads of random users, at most; less on a slow machine. Each write adds one through every replica"
                            + " (default: 600).")
    private int readsPerSecond;

    @Option(
            names = "--writes-per-second",
            paramLabel = "N",
            defaultValue = "40",
            description = "Writes of random users, at most (default: 40).")
    private int writesPerSecond;

    @Option(names = "--users", paramLabel = "N", defaultValue = "300", description = "Users (default: 300).")
    private int users;

    @Option(
            names = "--script",
            paramLabel = "NAME",
            description = "Plays faults by itself. The only script is \"faults\": each of them once.")
    private @Nullable String script;

    @Option(
            names = "--terminal",
            negatable = true,
            description = "Paint a live picture, or print lines (default: a picture if this is a terminal).")
    private @Nullable Boolean terminal;

    @Option(names = "--parent", hidden = true, description = "End when this process does.")
    private @Nullable Long parentPid;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    DemoMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new DemoMain()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        require(replicas >= 1 && replicas <= 20, "--replicas must be 1 to 20, not " + replicas);
        require(
                readsPerSecond >= 0 && readsPerSecond <= 100_000,
                "--reads-per-second must be 0 to 100000, not " + readsPerSecond);
        require(
                writesPerSecond >= 0 && writesPerSecond <= 10_000,
                "--writes-per-second must be 0 to 10000, not " + writesPerSecond);
        require(users >= 1 && users <= 10_000, "--users must be 1 to 10000, not " + users);
        require(script == null || script.equals("faults"), "--script must be faults, not " + script);
        require(
                !resp || redisUri == null || isPlain(redisUri),
                "--resp needs one plain Redis, like redis://host:6379, not Sentinel, a cluster or TLS");
        boolean live = terminal != null ? terminal : Boolean.getBoolean("freshet.terminal");
        Demo.Options options = new Demo.Options(
                replicas, duration, redisUri, readsPerSecond, writesPerSecond, users, resp, script != null, live);
        OptionalLong parent = parentPid == null ? OptionalLong.empty() : OptionalLong.of(parentPid);
        try {
            return Demo.run(options, new Jars(root(), System.getProperty("freshet.built", "target")), parent)
                    .exitCode();
        } catch (StartFailedException | IOException | SQLException e) {
            System.err.println("freshet demo: " + e.getMessage());
            return 1;
        }
    }

    private void require(boolean condition, String fault) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), fault);
        }
    }

    private static boolean isPlain(String uri) {
        try {
            URI redis = new URI(uri);
            return "redis".equals(redis.getScheme()) && redis.getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Returns the checkout that this jar was built in. */
    private static Path root() {
        String given = System.getProperty("freshet.root");
        if (given != null) {
            return Path.of(given);
        }
        try {
            Path jar = Path.of(DemoMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return jar.resolve("../../../..").normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Parses {@code 20s}, {@code 5m}, {@code 1h}, {@code 500ms} and ISO 8601 durations. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            String upper = text.toUpperCase(Locale.ROOT);
            try {
                Duration duration = upper.endsWith("MS")
                        ? Duration.ofMillis(Long.parseLong(upper.substring(0, upper.length() - 2)))
                        : Duration.parse(upper.startsWith("P") ? upper : "PT" + upper);
                if (!duration.isNegative() && !duration.isZero()) {
                    return duration;
                }
            } catch (DateTimeParseException | NumberFormatException e) {
                // Throws below.
            }
            throw new CommandLine.TypeConversionException("must be a time like 20s or 5m, not \"" + text + "\"");
        }
    }
}

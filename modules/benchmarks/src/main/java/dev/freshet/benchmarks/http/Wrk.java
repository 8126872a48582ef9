package dev.freshet.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the load generator wrk, an external program. */
final class Wrk {

    private static final Pattern P99 = Pattern.compile("\\s99%\\s+([0-9.]+)(us|ms|s)\\b");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");

    /**
     * The result of a run.
     *
     * @param requestsPerSecond responses on all connections
     * @param p99Micros the 99th percentile of the response time
     */
    record Load(double requestsPerSecond, double p99Micros) {}

    private Wrk() {}

    /** Returns whether wrk is installed. */
    static boolean isInstalled() {
        try {
            // Without arguments wrk prints its usage and fails.
            new ProcessBuilder("wrk")
                    .redirectErrorStream(true)
                    .start()
                    .getInputStream()
                    .readAllBytes();
            return true;
        } catch (IOException notThere) {
            return false;
        }
    }

    /**
     * Gets one address repeatedly.
     *
     * @throws IllegalStateException if a request failed or was not answered with a status 2xx
     */
    static Load run(URI uri, int connections, Duration time) {
        return run(uri, connections, time, List.of());
    }

    /**
     * Posts the same JSON to one address repeatedly.
     *
     * @throws IllegalStateException if a request failed or was not answered with a status 2xx
     */
    static Load post(URI uri, String json, int connections, Duration time) {
        try {
            Path script = Files.createTempFile("freshet-wrk", ".lua");
            try {
                // Set once: wrk makes the request from it before the load begins.
                Files.writeString(
                        script,
                        "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [==["
                                + json + "]==]\n");
                return run(uri, connections, time, List.of("--script", script.toString()));
            } finally {
                Files.delete(script);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Load run(URI uri, int connections, Duration time, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                "wrk",
                "--threads",
                "1",
                "--connections",
                Integer.toString(connections),
                "--duration",
                time.toMillis() < 1_000 ? "1s" : time.toSeconds() + "s",
                "--latency"));
        command.addAll(more);
        command.add(uri.toString());
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return parse(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Load parse(String text) {
        Matcher rate = RATE.matcher(text);
        Matcher p99 = P99.matcher(text);
        if (!rate.find() || !p99.find() || text.contains("Socket errors") || text.contains("Non-2xx")) {
            throw new IllegalStateException("wrk reports failed requests or no result:\n" + text);
        }
        double micros = Double.parseDouble(p99.group(1))
                * switch (p99.group(2)) {
                    case "us" -> 1;
                    case "ms" -> 1_000;
                    default -> 1_000_000;
                };
        return new Load(Double.parseDouble(rate.group(1)), micros);
    }
}

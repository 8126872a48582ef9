package dev.freshet.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs a publisher or subscriber in its own process on free ports. */
public final class ServiceProcess implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final long POLL_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Process process;
    private final int port;
    private final int managementPort;
    private final Duration startup;

    private ServiceProcess(Process process, int port, int managementPort, long startedNanos) {
        this.process = process;
        this.port = port;
        this.managementPort = managementPort;
        awaitReady();
        startup = Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** Starts the jar with this JVM's launcher, and waits until the process is ready. */
    public static ServiceProcess start(Path jar, List<String> javaFlags, List<String> arguments, URI redis) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return start(java, javaFlags, Map.of(), jar, arguments, redis);
    }

    /**
     * Starts the jar and waits until the process is ready.
     *
     * @param java the Java launcher
     * @param environment additional environment variables
     * @throws IllegalStateException if the process ends or is not ready within a minute
     */
    public static ServiceProcess start(
            Path java,
            List<String> javaFlags,
            Map<String, String> environment,
            Path jar,
            List<String> arguments,
            URI redis) {
        try {
            int port = Ports.free();
            int managementPort = Ports.free();
            List<String> command = new ArrayList<>();
            command.add(java.toString());
            command.addAll(javaFlags);
            command.addAll(List.of("-jar", jar.toString()));
            command.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(environment);
            builder.environment()
                    .putAll(Map.of(
                            "FRESHET_REDIS_URI", redis.toString(),
                            "FRESHET_HTTP_HOST", "127.0.0.1",
                            "FRESHET_HTTP_PORT", Integer.toString(port),
                            "FRESHET_MANAGEMENT_HOST", "127.0.0.1",
                            "FRESHET_MANAGEMENT_PORT", Integer.toString(managementPort)));
            long startedNanos = System.nanoTime();
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "stop-service"));
            return new ServiceProcess(process, port, managementPort, startedNanos);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        URI ready = URI.create("http://127.0.0.1:" + managementPort + "/health/ready");
        long sinceNanos = System.nanoTime();
        while (!isOk(ready)) {
            if (!process.isAlive() || System.nanoTime() - sinceNanos > START_TIMEOUT.toNanos()) {
                process.destroyForcibly();
                throw new IllegalStateException("Not ready within " + START_TIMEOUT.toSeconds() + " s, or ended: "
                        + process.info().commandLine().orElse("process " + process.pid()));
            }
            LockSupport.parkNanos(POLL_INTERVAL_NANOS);
        }
    }

    private static boolean isOk(URI uri) {
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(1_000);
            connection.setReadTimeout(1_000);
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the address of its data port. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Returns the time from the start of the process to its first answer that it is ready. */
    public Duration startup() {
        return startup;
    }

    /** Returns its resident memory as the kernel counts it (VmRSS). Works only on Linux. */
    public long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1_024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the processor time that it has used so far. */
    public Duration cpuTime() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

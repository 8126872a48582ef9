package dev.freshet.e2e.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code ./freshet demo}, with what it has said so far. Closing it kills whatever is left of it. */
final class DemoRun implements AutoCloseable {

    private static final Pattern UP = Pattern.compile("(\\S+) \\(pid (\\d+), .*\\) is (?:up|back).*");

    private static final Duration LONGEST_RUN = Duration.ofMinutes(4);

    /**
     * A build that runs in the background, under nohup or some CI, ignores SIGINT, and whatever it starts inherits that;
     * a person at a terminal does not. Where env knows how to undo it, it is undone.
     */
    private static final List<String> WITH_DEFAULT_SIGNALS = withDefaultSignals();

    private final Process process;
    private final Thread reader;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private DemoRun(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "demo-output");
        reader.setDaemon(true);
        reader.start();
    }

    static DemoRun start(String... options) throws IOException {
        Path root = Path.of(System.getProperty("freshet.root", "../.."));
        List<String> command = new ArrayList<>(WITH_DEFAULT_SIGNALS);
        command.addAll(List.of(root.resolve("freshet").toString(), "demo"));
        command.addAll(List.of(options));
        return new DemoRun(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private static List<String> withDefaultSignals() {
        List<String> prefix = List.of("env", "--default-signal=INT,QUIT");
        List<String> attempt = new ArrayList<>(prefix);
        attempt.add("true");
        try {
            return new ProcessBuilder(attempt).start().waitFor() == 0 ? prefix : List.of();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            output.lines().forEach(lines::add);
        } catch (IOException e) {
            lines.add("the output ended: " + e.getMessage());
        }
    }

    /** Waits for its end and returns its exit code, after all it said was read. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(LONGEST_RUN.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running after " + LONGEST_RUN + "; it said:\n" + text());
        }
        reader.join();
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What Ctrl-C does, to the launcher's process alone. */
    void interrupt() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    /** Ends it without a chance to clean up, all the way down to the process that supervises the others. */
    void killSupervisor() {
        process.descendants()
                .filter(child -> child.info().commandLine().orElse("").contains("freshet-demo.jar --parent"))
                .forEach(ProcessHandle::destroyForcibly);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    String text() {
        return String.join("\n", lines);
    }

    boolean says(String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    /** Whether it said of one of its processes that it answers again. */
    boolean isBack(String process) {
        return lines.stream().anyMatch(line -> line.contains(process) && line.contains(" is back, "));
    }

    /** The last process id that it named for each of its processes. */
    Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        for (String line : lines) {
            Matcher up = UP.matcher(line);
            if (up.matches()) {
                pids.put(up.group(1), Long.parseLong(up.group(2)));
            }
        }
        return pids;
    }

    /** Whether any of the processes that it ever named is still there. */
    boolean leftSomethingBehind() {
        return lines.stream()
                .map(UP::matcher)
                .filter(Matcher::matches)
                .map(up -> Long.parseLong(up.group(2)))
                .anyMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
    }

    /** Whether the load has begun. */
    boolean isRunning() {
        return lines.stream().anyMatch(line -> line.matches(".* writes [1-9][0-9]* .*stale window.*"));
    }

    @Override
    public void close() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        pids().values().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }
}

package dev.freshet.e2e.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code ./freshet demo}, with what it has said so far. Closing it kills whatever is left of it. */
final class DemoRun implements AutoCloseable {

    private static final Pattern UP = Pattern.compile("(\\S+) \\(pid (\\d+), .*\\) is (?:up|back).*");

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
        List<String> command = new ArrayList<>(List.of(root.resolve("freshet").toString(), "demo"));
        command.addAll(List.of(options));
        return new DemoRun(new ProcessBuilder(command).redirectErrorStream(true).start());
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
        int exitCode = process.waitFor();
        reader.join();
        return exitCode;
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

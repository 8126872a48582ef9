package dev.freshet.e2e.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
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

/** One run of {@code ./freshet demo}, with its output so far. Closing it kills the processes that are left. */
final class DemoRun implements AutoCloseable {

    private static final Pattern UP =
            Pattern.compile("\\s*(?:\033\\[[0-9?]*[a-zA-Z])*(\\S+) \\(pid (\\d+), (.*)\\) is (?:up|back).*");

    private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

    /**
     * Restores SIGINT for the demo. A build in the background, under nohup or some CI, ignores SIGINT, and its children inherit
     * that; a demo that a person starts does not. Used if this machine's {@code env} has the option.
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
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        return new DemoRun(builder.start());
    }

    /** Starts it on a terminal of 100 columns, and says at the end whether the terminal is as it was. */
    static DemoRun onTerminal(String... options) throws IOException {
        Path root = Path.of(System.getProperty("freshet.root", "../.."));
        String demo = root.resolve("freshet") + " demo " + String.join(" ", options);
        String shell = "stty cols 100; before=$(stty -g); trap : INT; " + demo
                + "; echo \"exit $?\"; [ \"$before\" = \"$(stty -g)\" ] && echo 'terminal restored'";
        List<String> command = new ArrayList<>(WITH_DEFAULT_SIGNALS);
        command.addAll(List.of("script", "-qfc", shell, "/dev/null"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("TERM", "xterm");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("SHELL", "/bin/sh");
        return new DemoRun(builder.start());
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

    /** Waits until the demo ends and all its output is read, and returns its exit code. */
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

    /** Types on its terminal. */
    void type(String keys) throws IOException {
        process.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
    }

    /** Lets a process stand still for so long. */
    void stopFor(String pid, Duration duration) throws IOException, InterruptedException {
        String script = "kill -STOP " + pid + "; sleep " + duration.toSeconds() + "; kill -CONT " + pid;
        new ProcessBuilder("sh", "-c", script).start().waitFor();
    }

    /** Kills the process that supervises the others, so that it cannot clean up. */
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

    /** Returns the output with its wrapped lines joined. */
    String story() {
        return text().replaceAll("\n {4}(?! )", " ");
    }

    /** Returns where a process answers. */
    URI address(String name) {
        return lines.stream()
                .map(UP::matcher)
                .filter(up -> up.matches() && up.group(1).equals(name))
                .map(up -> URI.create(up.group(3)))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the last process id that the demo has printed for each of its processes. */
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

    /** Returns whether any process that the demo has ever named is alive. */
    boolean leftSomethingBehind() {
        return lines.stream()
                .map(UP::matcher)
                .filter(Matcher::matches)
                .map(up -> Long.parseLong(up.group(2)))
                .anyMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
    }

    /** Returns whether the load has begun. */
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

package dev.freshet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Starts the demo as a process of its own and passes the rest of the command line to it. The demo parses its options and prints
 * its help itself.
 */
@Command(
        name = "demo",
        description =
                "Run Redis, the publisher and several replicas of a small application here, and check every answer.")
final class DemoCommand implements Callable<Integer> {

    private static final long GRACE_SECONDS = 30;

    @Parameters(arity = "0..*", paramLabel = "OPTION", description = "What freshet demo --help lists.")
    private List<String> options = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String root = System.getProperty("freshet.root", ".");
        String built = System.getProperty("freshet.built", "target");
        Path jar = Path.of(root, "modules/demo", built, "freshet-demo.jar");
        if (!Files.isRegularFile(jar)) {
            spec.commandLine().getErr().println("freshet demo: " + jar + " does not exist; ./freshet demo builds it");
            return ExitCode.FAILED;
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx192m",
                "-Dfreshet.root=" + root,
                "-Dfreshet.built=" + built,
                "-Dfreshet.terminal=" + System.getProperty("freshet.terminal", "false"),
                "-jar",
                jar.toString(),
                "--parent",
                Long.toString(ProcessHandle.current().pid())));
        command.addAll(options);
        Process demo = new ProcessBuilder(command).inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(demo), "stop-demo"));
        return demo.waitFor();
    }

    /** Passes a signal on to the demo. Ctrl-C has reached the demo too; a second signal is harmless. */
    private static void stop(Process demo) {
        try {
            if (demo.isAlive()) {
                demo.destroy();
                if (!demo.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                    demo.destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

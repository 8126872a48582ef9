package dev.freshet.benchmarks.process;

import dev.freshet.testkit.ChildProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs a class of this program in its own process, which serves at a port. */
public final class JavaProcess implements AutoCloseable {

    private final Process process;
    private final int port;

    private JavaProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts the process. It may not listen yet when this returns. */
    public static JavaProcess start(List<String> flags, Class<?> main, List<String> arguments, int port)
            throws IOException {
        return new JavaProcess(launch(flags, main, arguments, ProcessBuilder.Redirect.DISCARD), port);
    }

    /** Starts a process that does not serve. It ends with this JVM at the latest. */
    public static Process launch(
            List<String> flags, Class<?> main, List<String> arguments, ProcessBuilder.Redirect output)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ChildProcess.java());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "stop-process"));
        return process;
    }

    /** Returns the port. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        ChildProcess.end(process);
    }
}

package dev.freshet.demo.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the processes of the stack if this process dies without stopping them. It is a small shell process that knows the
 * children's ids. When its parent dies, for whatever reason, its input is closed. Safe to use from any thread.
 */
final class DeathWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DeathWatch.class);

    /** Ctrl-C goes to the whole process group, so the watch ignores it. $1 is the folder to delete. */
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            pids=' '
            while read -r op pid; do
              case $op in
                +) pids="$pids$pid " ;;
                -) case $pids in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
              esac
            done
            [ "$pids" = ' ' ] && exit 0
            for pid in $pids; do kill "$pid" 2>/dev/null; done
            sleep 2
            for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
            rm -rf "$1"
            """;

    private final Process process;
    private final OutputStream commands;

    private DeathWatch(Process process) {
        this.process = process;
        this.commands = process.getOutputStream();
    }

    /**
     * Starts the watch.
     *
     * @param folder the folder to delete if this process dies while children are left
     */
    static DeathWatch start(Path folder) throws IOException {
        return new DeathWatch(new ProcessBuilder("sh", "-c", SCRIPT, "freshet-demo-watch", folder.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Adds a process to the watch. */
    void add(long pid) {
        say("+ " + pid);
    }

    /** Removes a process that has ended, since another process may get its id. */
    void remove(long pid) {
        say("- " + pid);
    }

    private synchronized void say(String line) {
        try {
            commands.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            commands.flush();
        } catch (IOException e) {
            // Without the watch the demo still stops its children, unless it is killed itself.
            log.debug("cannot write to the watch process", e);
        }
    }

    @Override
    public void close() {
        try {
            commands.close();
        } catch (IOException e) {
            log.debug("cannot close the watch process", e);
        }
        process.onExit().join();
    }
}

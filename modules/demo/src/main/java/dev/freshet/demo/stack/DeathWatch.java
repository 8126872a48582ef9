package dev.freshet.demo.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the processes of the stack if this one dies without being able to: a small shell process that is told each child's
 * id, and finds its input closed when its parent is gone, however that came about. Safe to use from any thread.
 */
final class DeathWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DeathWatch.class);

    /** Ctrl-C goes to the whole process group; the watch must outlive that. $1 is the folder to take away. */
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
     * @param folder taken away if this process dies while children are left
     */
    static DeathWatch start(Path folder) throws IOException {
        return new DeathWatch(new ProcessBuilder("sh", "-c", SCRIPT, "freshet-demo-watch", folder.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Watches over a process. */
    void add(long pid) {
        say("+ " + pid);
    }

    /** The process is gone: its id may become another's. */
    void remove(long pid) {
        say("- " + pid);
    }

    private synchronized void say(String line) {
        try {
            commands.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            commands.flush();
        } catch (IOException e) {
            // Without the watch the demo still stops what it started, unless it is killed itself.
            log.debug("the watch is gone", e);
        }
    }

    @Override
    public void close() {
        try {
            commands.close();
        } catch (IOException e) {
            log.debug("the watch was gone", e);
        }
        process.onExit().join();
    }
}

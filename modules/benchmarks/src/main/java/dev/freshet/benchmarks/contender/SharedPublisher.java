package dev.freshet.benchmarks.contender;

import dev.freshet.testkit.ServiceProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One publisher process for all rounds. The first use starts it. It lives on between rounds, so that the warm-up rounds compile its code too.
 */
public final class SharedPublisher implements AutoCloseable {

    private @Nullable ServiceProcess process;

    URI uri(Path jar, URI redis) {
        ServiceProcess current = process;
        if (current == null) {
            current = ServiceProcess.startReady(jar, List.of("-Xmx512m"), List.of(), redis);
            process = current;
        }
        return current.uri();
    }

    @Override
    public void close() {
        ServiceProcess current = process;
        if (current != null) {
            current.close();
        }
    }
}

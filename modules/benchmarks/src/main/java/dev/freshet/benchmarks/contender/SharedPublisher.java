package dev.freshet.benchmarks.contender;

import dev.freshet.benchmarks.process.ServiceProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One publisher process for all rounds, started when it is first asked for: what runs in this process is compiled after the
 * first rounds, and so it must be there.
 */
public final class SharedPublisher implements AutoCloseable {

    private @Nullable ServiceProcess process;

    URI uri(Path jar, URI redis) {
        ServiceProcess current = process;
        if (current == null) {
            current = ServiceProcess.start(jar, List.of("-Xmx512m"), List.of(), redis);
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

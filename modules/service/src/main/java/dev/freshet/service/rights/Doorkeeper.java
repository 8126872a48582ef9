package dev.freshet.service.rights;

import dev.freshet.service.port.Ports;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says who sent a request, and refuses those who are nobody. Safe to use from any thread. */
public interface Doorkeeper {

    /**
     * Returns who sent the request. Answers it with 401 and drops its body if that is nobody who is known. To be called on the request's
     * event loop.
     *
     * @return null if the request is answered
     */
    @Nullable
    Caller admit(HttpServerRequest request);

    /**
     * Reads a file of rights, and follows it. Blocks as long as the file system does.
     *
     * @param setting the setting that names the file, as in {@code http.tokens-file}
     * @param file null: everybody may do everything
     * @param known the rights that the port knows
     * @throws IllegalStateException that says what is wrong with the file
     */
    static Doorkeeper of(String setting, @Nullable Path file, Set<Right> known, Ports ports, MeterRegistry metrics) {
        return file == null
                ? request -> Caller.ANYBODY
                : new StrictDoorkeeper(
                        setting,
                        ports.watch(setting, List.of(file), () -> Grants.read(file, known)),
                        new CallerMeters(metrics));
    }
}

package dev.freshet.service.port;

import dev.freshet.service.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A unix socket that a port listens at. Immutable.
 *
 * @param path where clients find it
 * @param mode who may connect, as in {@code 0600}
 */
public record SocketSettings(Path path, String mode) {

    private static final String SOCKET = "socket";
    private static final String MODE = "socket-mode";

    /**
     * Reads the settings of a port.
     *
     * @return null if the port listens at an address
     */
    public static @Nullable SocketSettings read(Settings port) {
        Path path = port.file(SOCKET, "the unix socket to listen at, instead of host and port");
        String mode = port.text(
                MODE,
                "0600",
                "an octal mode",
                SocketFile::faultInMode,
                "who may connect to the unix socket, as for a file");
        if (path == null) {
            if (port.has(MODE)) {
                port.fault(MODE, "must come with " + SOCKET);
            }
            return null;
        }
        for (String other : new String[] {"host", "port"}) {
            if (port.has(other)) {
                port.fault(other, "must not be set together with " + SOCKET + "; set one of them");
            }
        }
        if (path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length > SocketFile.MAX_PATH_BYTES) {
            port.fault(SOCKET, "must be a path of at most " + SocketFile.MAX_PATH_BYTES + " bytes");
        }
        return new SocketSettings(path, mode);
    }
}

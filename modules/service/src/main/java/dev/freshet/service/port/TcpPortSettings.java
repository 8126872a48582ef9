package dev.freshet.service.port;

import dev.freshet.service.config.Settings;
import org.jspecify.annotations.Nullable;

/**
 * How a port treats its clients that speaks another protocol than HTTP. Immutable.
 *
 * @param host the address to listen at
 * @param port the port to listen at; 0: any
 * @param maximumConnections how many connections may be open at a time
 * @param tls its certificate; null: it does not encrypt
 */
public record TcpPortSettings(
        String host,
        int port,
        int maximumConnections,
        @Nullable TlsSettings tls) {

    /**
     * Reads the settings of a port.
     *
     * @param purpose what happens there, as in "clients of Redis are served"
     */
    public static TcpPortSettings read(Settings settings, int defaultPort, String purpose) {
        return new TcpPortSettings(
                settings.text("host", "127.0.0.1", "the address that " + purpose + " at"),
                settings.integer("port", defaultPort, 0, 65_535, "the port that " + purpose + " at; 0: any"),
                settings.integer(
                        "maximum-connections",
                        10_000,
                        1,
                        1_000_000,
                        "how many connections may be open at a time; at most what the limit of file descriptors allows"),
                TlsSettings.read(settings));
    }

    /** Returns whether only processes of this machine reach the port. Names are not looked up: what they lead to may change. */
    public boolean isLocal() {
        return PortSettings.LOOPBACK.matcher(host).matches();
    }
}

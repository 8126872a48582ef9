package dev.freshet.service.rights;

import dev.freshet.service.PortSettings;
import dev.freshet.service.Settings;
import dev.freshet.service.SocketSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The data port of an application: its defaults, and what strangers can do there. */
public enum Exposure {
    /** A publisher's. */
    PUBLISHER("0.0.0.0", 8700, 75, "changes are taken in", "evict every entry of every cache"),

    /** A subscriber's. */
    SUBSCRIBER("127.0.0.1", 8710, 60, "entries are served", "read, store and evict every entry of this replica");

    private static final int MAX_CONNECTIONS = 10_000;

    private final String host;
    private final int port;
    private final int idleSeconds;
    private final String purpose;
    private final String power;

    Exposure(String host, int port, int idleSeconds, String purpose, String power) {
        this.host = host;
        this.port = port;
        this.idleSeconds = idleSeconds;
        this.purpose = purpose;
        this.power = power;
    }

    /** Returns the defaults of the port's settings. */
    public PortSettings.Defaults defaults() {
        return new PortSettings.Defaults(host, port, Duration.ofSeconds(idleSeconds), MAX_CONNECTIONS, purpose);
    }

    /**
     * Returns what is open to strangers and which setting closes it, in sentences; null: nothing.
     *
     * @param tokensFile the port's {@code tokens-file}
     */
    public @Nullable String of(PortSettings port, @Nullable Path tokensFile) {
        if (port.isLocal()) {
            return null;
        }
        boolean knowsCallers =
                tokensFile != null || (port.tls() != null && port.tls().clientCa() != null);
        if (!knowsCallers) {
            return "http.host is " + port.host() + ", and no callers are configured: whoever reaches port "
                    + port.port() + " can " + power
                    + ". Set http.tokens-file or http.tls.client-ca, or http.host to 127.0.0.1.";
        }
        return port.tls() == null
                ? "http.host is " + port.host()
                        + ", and http.tls.certificate is not set: whoever reads the network can use the tokens. Set it,"
                        + " unless something else encrypts the connections."
                : null;
    }

    /**
     * Reads the section {@code http} of a configuration, for a tool, and returns what {@link #of(PortSettings, Path)} says. The
     * configuration is a subscriber's if it configures each region by itself.
     *
     * @param settings all settings; to be read with {@link dev.freshet.service.Configuration#readSome}
     */
    public static Found read(Settings settings) {
        Exposure application = settings.isSection("regions") ? SUBSCRIBER : PUBLISHER;
        Settings http = settings.section("http");
        PortSettings port = PortSettings.read(http, application.defaults()).at(SocketSettings.read(http));
        Path tokensFile = http.file("tokens-file", "who may do what");
        return new Found(application, application.of(port, tokensFile));
    }

    /**
     * What a configuration opens to strangers.
     *
     * @param application whose configuration it is
     * @param fault what is open, in sentences; null: nothing
     */
    public record Found(Exposure application, @Nullable String fault) {}
}

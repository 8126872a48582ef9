package dev.freshet.service.rights;

import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.port.SocketSettings;
import dev.freshet.service.port.TcpPortSettings;
import dev.freshet.service.port.TlsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
     * Returns what a subscriber's RESP port opens to strangers and which setting closes it, in sentences; null: nothing.
     *
     * @param knowsUsers whether Redis asks the subscriber for a password, and so its clients too
     */
    public static @Nullable String ofResp(TcpPortSettings port, boolean knowsUsers) {
        if (port.isLocal()) {
            return null;
        }
        TlsSettings tls = port.tls();
        if (!knowsUsers && (tls == null || tls.clientCa() == null)) {
            return "resp.host is " + port.host() + ", and Redis asks for no password: whoever reaches port "
                    + port.port()
                    + " can read and write every key of Redis. Set a password in Redis, resp.tls.client-ca, or resp.host to"
                    + " 127.0.0.1.";
        }
        return tls == null
                ? "resp.host is " + port.host()
                        + ", and resp.tls.certificate is not set: whoever reads the network sees values and passwords. Set"
                        + " it, unless something else encrypts the connections."
                : null;
    }

    /**
     * Reads the section {@code http} of a configuration, for a tool, and returns what {@link #of(PortSettings, Path)} says. The
     * configuration is a subscriber's if it configures each region by itself.
     *
     * @param settings all settings; to be read with {@link dev.freshet.service.config.Configuration#readSome}
     */
    public static Found read(Settings settings) {
        Exposure application = settings.isSection("regions") ? SUBSCRIBER : PUBLISHER;
        Settings http = settings.section("http");
        PortSettings port = PortSettings.read(http, application.defaults()).at(SocketSettings.read(http));
        Path tokensFile = http.file("tokens-file", "who may do what");
        Stream<@Nullable String> open = Stream.of(application.of(port, tokensFile), ofResp(settings));
        String faults = open.filter(Objects::nonNull).collect(Collectors.joining(" "));
        return new Found(application, faults.isEmpty() ? null : faults);
    }

    private static @Nullable String ofResp(Settings settings) {
        if (!settings.isSection("resp")) {
            return null;
        }
        Settings redis = settings.section("redis");
        String uri = redis.text("uri", "", "where Redis is");
        return ofResp(
                TcpPortSettings.read(settings.section("resp"), 6380, "clients of Redis are served"),
                uri.contains("@") || redis.file("password-file", "the password of Redis") != null);
    }

    /**
     * What a configuration opens to strangers.
     *
     * @param application whose configuration it is
     * @param fault what is open, in sentences; null: nothing
     */
    public record Found(Exposure application, @Nullable String fault) {}
}

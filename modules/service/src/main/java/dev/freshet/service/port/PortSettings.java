package dev.freshet.service.port;

import dev.freshet.service.config.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a port treats its clients. Immutable.
 *
 * @param host the address to listen at
 * @param port the port to listen at; 0: any
 * @param idleTimeout how long a client may take for a request's head, or be silent
 * @param requestTimeout how long a client may take for a request's body, or for a line of a stream
 * @param maximumConnections how many connections may be open at a time
 * @param allowedHosts further names that requests may be sent to; {@code *}: any, also from web pages
 * @param tls its certificate; null: it speaks plain HTTP
 * @param socket the unix socket to listen at instead of host and port; null: none
 * @param maximumRequestLineBytes the longest request line
 * @param maximumHeaderBytes the largest sum of all headers
 * @param servesPages whether it serves pages for browsers, so that requests from its own pages pass
 */
public record PortSettings(
        String host,
        int port,
        Duration idleTimeout,
        Duration requestTimeout,
        int maximumConnections,
        List<String> allowedHosts,
        @Nullable TlsSettings tls,
        @Nullable SocketSettings socket,
        int maximumRequestLineBytes,
        int maximumHeaderBytes,
        boolean servesPages) {

    /** In allowed-hosts: any host, also from web pages. */
    static final String ANY_HOST = "*";

    static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}|::1|localhost");

    private static final int DEFAULT_LINE_BYTES = 4096;
    private static final int DEFAULT_HEADER_BYTES = 8192;

    /**
     * What differs between ports.
     *
     * @param port negative: there is no port unless it is set
     */
    public record Defaults(String host, int port, Duration idleTimeout, int maximumConnections, String purpose) {}

    /** Reads the settings of a port. */
    public static PortSettings read(Settings settings, Defaults defaults) {
        return new PortSettings(
                settings.text("host", defaults.host(), "the address that " + defaults.purpose() + " at"),
                number(settings, defaults),
                settings.duration(
                        "idle-timeout",
                        defaults.idleTimeout(),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "how long a client may be silent, or take for a request's head"),
                settings.duration(
                        "request-timeout",
                        Duration.ofSeconds(30),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "how long a client may take for a request's body, or for a line of a stream"),
                settings.integer(
                        "maximum-connections",
                        defaults.maximumConnections(),
                        1,
                        1_000_000,
                        "how many connections may be open at a time; at most what the limit of file descriptors allows"),
                settings.texts(
                        "allowed-hosts",
                        "host names",
                        PortSettings::faultInHost,
                        "further names that requests may be sent to; *: any, also from web pages"),
                TlsSettings.read(settings),
                null,
                DEFAULT_LINE_BYTES,
                DEFAULT_HEADER_BYTES,
                false);
    }

    private static int number(Settings settings, Defaults defaults) {
        String help = "the port that " + defaults.purpose() + " at; 0: any";
        return defaults.port() >= 0
                ? settings.integer("port", defaults.port(), 0, 65_535, help)
                : (int) settings.optionalNumber("port", 0, 65_535, help + "; not set: none")
                        .orElse(0);
    }

    /** Returns what is wrong with a name of allowed-hosts, or null. Here, because a tool that reads settings has no server. */
    private static @Nullable String faultInHost(String name) {
        return name.equals(ANY_HOST)
                        || name.toLowerCase(Locale.ROOT).matches("\\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\\[[0-9a-f:]+]")
                ? null
                : "must be a host name without port, as in cache.example.com, .example.com or *";
    }

    /** Returns these settings with other limits of a request's head. */
    public PortSettings withHead(int requestLineBytes, int headerBytes) {
        return with(socket, requestLineBytes, headerBytes, servesPages);
    }

    /** Returns these settings for a unix socket; null: for host and port. */
    public PortSettings at(@Nullable SocketSettings socket) {
        return with(socket, maximumRequestLineBytes, maximumHeaderBytes, servesPages);
    }

    /** Returns these settings for a port that serves pages for browsers. */
    public PortSettings withPages() {
        return with(socket, maximumRequestLineBytes, maximumHeaderBytes, true);
    }

    private PortSettings with(
            @Nullable SocketSettings newSocket, int requestLineBytes, int headerBytes, boolean hasPages) {
        return new PortSettings(
                host,
                port,
                idleTimeout,
                requestTimeout,
                maximumConnections,
                allowedHosts,
                tls,
                newSocket,
                requestLineBytes,
                headerBytes,
                hasPages);
    }

    /** Returns whether only processes of this machine reach the port. Names are not looked up: what they lead to may change. */
    public boolean isLocal() {
        return socket != null || LOOPBACK.matcher(host).matches();
    }

    HostRule hosts() {
        List<String> names = new ArrayList<>(allowedHosts);
        names.add(host);
        return new HostRule(names, servesPages);
    }
}

package dev.freshet.spring.boot;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;

/**
 * What {@code spring.data.redis} says about where Redis is and how to get in. It is bound here, since Boot's own class for it lies in
 * different packages in Boot 3 and 4, and in a jar that the application may lack. Timeouts and pools are of Spring's own clients.
 */
record SpringRedis(
        @Nullable String url,
        @DefaultValue("localhost") String host,
        @DefaultValue("6379") int port,
        @DefaultValue("0") int database,
        @Nullable String username,
        @Nullable String password,
        @Nullable Ssl ssl,
        @Nullable Sentinel sentinel,
        @Nullable Cluster cluster) {

    private static final String PREFIX = "spring.data.redis";

    record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {
        boolean isOn() {
            return enabled == null ? bundle != null : enabled;
        }
    }

    record Sentinel(
            @Nullable String master,
            @DefaultValue List<String> nodes,
            @Nullable String username,
            @Nullable String password) {

        /** Leaves the password out. */
        @Override
        public String toString() {
            return "Sentinel[" + master + "]";
        }
    }

    record Cluster(@DefaultValue List<String> nodes) {}

    /** An address without credentials, and the credentials. */
    record Target(
            String uri, @Nullable String username, @Nullable String password) {

        /** Leaves the password out. */
        @Override
        public String toString() {
            return "Target[" + uri + "]";
        }
    }

    /** Returns what the environment says; empty if it says nothing. */
    static Optional<SpringRedis> in(Environment environment) {
        return Optional.ofNullable(Binder.get(environment)
                .bind(PREFIX, Bindable.of(SpringRedis.class))
                .orElse(null));
    }

    /**
     * Returns where Redis is. As in Boot, the URL wins over what is said beside it, then Sentinels, then a cluster.
     *
     * @throws IllegalArgumentException if that is no address; the message quotes neither it nor a password
     */
    Target target() {
        String tls = ssl != null && ssl.isOn() ? "s" : "";
        if (url != null) {
            return ofUrl(url);
        }
        if (sentinel != null && sentinel.master() != null) {
            String servers = String.join(",", sentinel.nodes());
            return named("redis" + tls + "-sentinel://" + servers + "/" + sentinel.master() + "/" + database);
        }
        if (cluster != null && !cluster.nodes().isEmpty()) {
            return named("redis" + tls + "-cluster://" + String.join(",", cluster.nodes()));
        }
        return named(
                "redis" + tls + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/" + database);
    }

    private Target named(String uri) {
        return new Target(uri, username, password);
    }

    private Target ofUrl(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException notQuoted) {
            throw new IllegalArgumentException("must be an address like redis://host:6379 or rediss://host:6379");
        }
        if (uri.getHost() == null || !List.of("redis", "rediss").contains(uri.getScheme())) {
            throw new IllegalArgumentException("must be an address like redis://host:6379 or rediss://host:6379");
        }
        String path = uri.getPath() == null ? "" : uri.getPath();
        String number = path.length() > 1 ? path.substring(1) : String.valueOf(database);
        String scheme = ssl != null && ssl.isOn() ? "rediss" : uri.getScheme();
        String address = scheme + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + "/" + number;
        String info = uri.getUserInfo();
        if (info == null) {
            return named(address);
        }
        int colon = info.indexOf(':');
        String user = colon <= 0 ? null : info.substring(0, colon);
        return new Target(address, user, info.substring(colon + 1));
    }

    /** Leaves out what may be or hold a secret. */
    @Override
    public String toString() {
        return "SpringRedis[" + host + ":" + port + "]";
    }
}

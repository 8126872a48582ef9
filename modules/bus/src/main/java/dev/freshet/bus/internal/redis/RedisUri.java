package dev.freshet.bus.internal.redis;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * A parsed Redis address. Its text form leaves the password out.
 *
 * @param kind how the servers belong together
 * @param tls whether to encrypt
 * @param user null: the default user
 * @param password null: none
 * @param servers the server, the sentinels, or some nodes of the cluster
 * @param masterName the master that the sentinels are asked for; null without sentinels
 * @param database the number of the database; always 0 in a cluster
 */
public record RedisUri(
        Kind kind,
        boolean tls,
        @Nullable String user,
        @Nullable String password,
        List<HostAndPort> servers,
        @Nullable String masterName,
        int database) {

    public enum Kind {
        STANDALONE("redis"),
        SENTINEL("redis-sentinel"),
        CLUSTER("redis-cluster");

        private final String scheme;

        Kind(String scheme) {
            this.scheme = scheme;
        }
    }

    private static final int DEFAULT_PORT = 6379;
    private static final int DEFAULT_SENTINEL_PORT = 26379;

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is not one; the message never quotes credentials
     */
    public static RedisUri parse(String text) {
        JedisLink.require(); // an address is read before anything else is done with Jedis
        int schemeEnd = text.indexOf("://");
        if (schemeEnd < 0) {
            throw new IllegalArgumentException(
                    "must be an address like redis://host:6379, rediss://, redis-sentinel:// or redis-cluster://");
        }
        String scheme = text.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("rediss") || scheme.startsWith("rediss-");
        Kind kind = kindOf(tls ? "redis" + scheme.substring("rediss".length()) : scheme);

        String rest = text.substring(schemeEnd + 3);
        int at = rest.lastIndexOf('@');
        String user = null;
        String password = null;
        if (at >= 0) {
            String credentials = rest.substring(0, at);
            int colon = credentials.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("must give credentials as user:password@ or :password@");
            }
            user = colon == 0 ? null : decode(credentials.substring(0, colon));
            password = decode(credentials.substring(colon + 1));
            rest = rest.substring(at + 1);
        }
        int query = rest.indexOf('?');
        if (query >= 0) {
            throw new IllegalArgumentException("must not have parameters (what follows \"?\")");
        }
        int slash = rest.indexOf('/');
        String hosts = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash + 1);

        List<HostAndPort> servers = new ArrayList<>();
        for (String server : hosts.split(",", -1)) {
            servers.add(parseServer(server, kind == Kind.SENTINEL ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT));
        }
        if (kind == Kind.STANDALONE && servers.size() > 1) {
            throw new IllegalArgumentException(
                    "must name one server; several go with redis-sentinel:// or redis-cluster://");
        }
        return switch (kind) {
            case STANDALONE -> new RedisUri(kind, tls, user, password, servers, null, parseDatabase(path));
            case CLUSTER -> {
                if (!path.isEmpty()) {
                    throw new IllegalArgumentException("must not name a database: a cluster has only number 0");
                }
                yield new RedisUri(kind, tls, user, password, servers, null, 0);
            }
            case SENTINEL -> {
                String[] parts = path.split("/", -1);
                if (parts[0].isEmpty() || parts.length > 2) {
                    throw new IllegalArgumentException(
                            "must end with the master's name, as redis-sentinel://host:26379/mymaster");
                }
                yield new RedisUri(
                        kind,
                        tls,
                        user,
                        password,
                        servers,
                        decode(parts[0]),
                        parseDatabase(parts.length == 2 ? parts[1] : ""));
            }
        };
    }

    private static Kind kindOf(String scheme) {
        for (Kind kind : Kind.values()) {
            if (kind.scheme.equals(scheme)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(
                "must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://, not another scheme");
    }

    private static HostAndPort parseServer(String server, int defaultPort) {
        try {
            URI uri = URI.create("redis://" + server);
            if (uri.getHost() == null || uri.getHost().isEmpty() || uri.getPort() == 0 || uri.getPort() > 65_535) {
                throw new IllegalArgumentException("no host");
            }
            String host = uri.getHost();
            String plainHost = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return new HostAndPort(plainHost, uri.getPort() < 0 ? defaultPort : uri.getPort());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must name servers as host or host:port, parted by commas");
        }
    }

    private static int parseDatabase(String path) {
        if (path.isEmpty()) {
            return 0;
        }
        try {
            int database = Integer.parseInt(path);
            if (database >= 0) {
                return database;
            }
        } catch (NumberFormatException ignored) {
            // Refused below, together with negative numbers.
        }
        throw new IllegalArgumentException("must end with a database number, as redis://host:6379/0");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder(tls ? kind.scheme.replaceFirst("redis", "rediss") : kind.scheme).append("://");
        if (password != null) {
            text.append(user == null ? "" : user).append(":***@");
        }
        for (int i = 0; i < servers.size(); i++) {
            text.append(i == 0 ? "" : ",").append(servers.get(i));
        }
        if (masterName != null) {
            text.append('/').append(masterName);
        }
        if (database != 0) {
            text.append('/').append(database);
        }
        return text.toString();
    }
}

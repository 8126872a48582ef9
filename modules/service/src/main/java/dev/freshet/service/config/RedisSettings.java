package dev.freshet.service.config;

import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Syntax;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code redis}, for every program that connects to Redis. Stateless. */
public final class RedisSettings {

    private static final String SECTION = "redis";

    /** Of variables that begin like those of this section, but belong to the section redis-tier. */
    private static final String TIER_VARIABLES = "FRESHET_REDIS_TIER_";

    private static final String DEFAULT_URI = "redis://127.0.0.1:6379";
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(10);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);

    private RedisSettings() {}

    /**
     * Reads the section. Files that it names are not read yet, but for each connection.
     *
     * @param settings all settings
     */
    public static RedisConfig read(Settings settings) {
        Settings redis = settings.section(SECTION);
        String uri = redis.text(
                "uri",
                DEFAULT_URI,
                "redis://, rediss://, redis-sentinel:// or redis-cluster://",
                RedisConfig::faultIn,
                "where Redis is");
        RedisConfig defaults = RedisConfig.of(uri);
        RedisConfig config = defaults.withNamespace(
                        redis.text(
                                "namespace",
                                defaults.namespace(),
                                "a name",
                                name -> Syntax.faultInNamespace(name).orElse(null),
                                "what the names of all keys and channels begin with; the same in all processes of a deployment"))
                .withTimeouts(
                        redis.duration(
                                "connect-timeout",
                                defaults.connectTimeout(),
                                MIN_TIMEOUT,
                                MAX_TIMEOUT,
                                "how long one attempt to connect may take"),
                        redis.duration(
                                "command-timeout",
                                defaults.commandTimeout(),
                                MIN_TIMEOUT,
                                MAX_TIMEOUT,
                                "how long one command may take"));

        boolean isEncrypted = uri.toLowerCase(Locale.ROOT).startsWith("rediss");
        Entrance servers = Entrance.read(redis, "Redis", null, isEncrypted);
        if (servers.passwordFile() != null && uri.contains("@")) {
            redis.fault("password-file", "must not be set, since redis.uri holds a password; use one of them");
        }
        boolean hasSentinel = redis.has("sentinel");
        Entrance sentinels = Entrance.read(redis.section("sentinel"), "sentinels", servers, isEncrypted);
        RedisConfig entered = config.withAccess(servers.access(isEncrypted));
        return hasSentinel ? entered.withSentinelAccess(sentinels.access(isEncrypted)) : entered;
    }

    /**
     * Reads the section for a tool, which has no other settings. The rest of the file and of the environment is ignored.
     *
     * @param file a publisher's or subscriber's configuration, or null
     * @param environment all variables
     * @param flags override both
     * @throws ConfigurationException if the section has any fault; it names all of them
     */
    public static RedisConfig readAlone(
            @Nullable Path file, Map<String, String> environment, List<Configuration.Flag> flags) {
        Map<String, String> without = new TreeMap<>(environment);
        without.keySet().removeIf(variable -> variable.startsWith(TIER_VARIABLES));
        return new Configuration(file, "from --config", without, flags, List.of())
                .readOnly(SECTION, RedisSettings::read);
    }

    /** How to get in somewhere, as it is configured. */
    private record Entrance(
            @Nullable String username,
            @Nullable Path passwordFile,
            boolean hasTls,
            @Nullable Path ca,
            @Nullable Path certificate,
            @Nullable Path key) {

        /**
         * Reads username, password-file and tls.
         *
         * @param whom whom to get in at, for help
         * @param others whose settings of TLS count where there are none; null: nobody's
         * @param isEncrypted whether the address asks for TLS
         */
        static Entrance read(Settings settings, String whom, @Nullable Entrance others, boolean isEncrypted) {
            String username = optional(settings, "username", "a text", "the user that connects to " + whom);
            Path passwordFile = settings.file("password-file", "its password; read again for each connection");
            if (username != null && passwordFile == null) {
                settings.fault("username", "must come with password-file, the file that holds its password");
            }
            Settings tls = settings.section("tls");
            Path ca = tls.file("ca", "the certificates of authorities that " + whom + " may have theirs from, in PEM");
            Path certificate = tls.file("certificate", "the certificate to show to " + whom + ", in PEM");
            Path key = tls.file("key", "the certificate's private key, in PEM without a password");
            if ((certificate == null) != (key == null)) {
                String present = certificate == null ? "key" : "certificate";
                tls.fault(present, "must come with " + (certificate == null ? "certificate" : "key"));
                certificate = null;
                key = null;
            }
            boolean isDefault = isEncrypted || ca != null || certificate != null || (others != null && others.hasTls());
            boolean hasTls = tls.bool("enabled", isDefault, "whether connections to " + whom + " are encrypted");
            if (!hasTls && isEncrypted) {
                tls.fault("enabled", "must not be false, since redis.uri begins with rediss");
            }
            if (others == null) {
                return new Entrance(username, passwordFile, hasTls, ca, certificate, key);
            }
            return new Entrance(
                    username,
                    passwordFile,
                    hasTls,
                    ca == null ? others.ca() : ca,
                    certificate == null ? others.certificate() : certificate,
                    key == null ? others.key() : key);
        }

        /** @param isEncrypted whether the address asks for TLS */
        RedisAccess access(boolean isEncrypted) {
            RedisAccess access = passwordFile == null
                    ? RedisAccess.PLAIN
                    : RedisAccess.PLAIN.withPasswordFile(username, passwordFile);
            boolean isOfTheAddress = isEncrypted && ca == null && certificate == null;
            return hasTls && !isOfTheAddress ? access.withTlsFiles(ca, certificate, key) : access;
        }
    }

    private static @Nullable String optional(Settings settings, String name, String kind, String help) {
        String text = settings.text(name, "", kind, RedisSettings::noFault, help);
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String noFault(String text) {
        return null;
    }
}

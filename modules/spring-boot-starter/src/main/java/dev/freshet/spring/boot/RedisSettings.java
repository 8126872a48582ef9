package dev.freshet.spring.boot;

import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RedisCredentials;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;

/** Makes of {@code freshet.redis}, or else of {@code spring.data.redis}, where Redis is and how to get in. */
final class RedisSettings {

    private static final String DEFAULT_URI = "redis://127.0.0.1:6379";

    private final FreshetProperties.Redis own;
    private final @Nullable SslBundles bundles;
    private final PropertyFaults faults;

    RedisSettings(FreshetProperties.Redis own, @Nullable SslBundles bundles, PropertyFaults faults) {
        this.own = own;
        this.bundles = bundles;
        this.faults = faults;
    }

    /** Returns the settings; what is refused is noted, and left as it would be without. */
    RedisConfig from(Environment environment) {
        RedisConfig config = RedisConfig.of(DEFAULT_URI);
        RedisAccess servers = RedisAccess.PLAIN;
        RedisAccess sentinels = null;
        String uri = own.uri();
        if (uri != null) {
            config = addressed("freshet.redis.uri", config, uri);
        } else {
            Optional<SpringRedis> spring =
                    faults.get("spring.data.redis", Optional.empty(), () -> SpringRedis.in(environment));
            if (spring.isPresent()) {
                SpringRedis found = spring.get();
                String property = found.url() != null ? "spring.data.redis.url" : "spring.data.redis";
                SpringRedis.Target target =
                        faults.get(property, new SpringRedis.Target(DEFAULT_URI, null, null), found::target);
                config = addressed(property, config, target.uri());
                servers = with(servers, target.username(), target.password(), null);
                servers = tlsOf("spring.data.redis.ssl", servers, found.ssl());
                SpringRedis.Sentinel sentinel = found.sentinel();
                if (sentinel != null && sentinel.password() != null) {
                    sentinels =
                            with(new RedisAccess(null, servers.tls()), sentinel.username(), sentinel.password(), null);
                }
            }
        }
        servers = with(servers, own.username(), own.password(), own.passwordFile());
        servers = tls("freshet.redis.tls", servers, own.tls());
        sentinels = sentinels(servers, sentinels);
        RedisConfig named = faults.apply("freshet.redis.namespace", config, it -> it.withNamespace(own.namespace()));
        RedisConfig whole =
                named.withTimeouts(own.connectTimeout(), own.commandTimeout()).withAccess(servers);
        return sentinels == null ? whole : whole.withSentinelAccess(sentinels);
    }

    private RedisConfig addressed(String property, RedisConfig config, String uri) {
        String fault = RedisConfig.faultIn(uri);
        if (fault != null) {
            faults.add(property, fault);
            return config;
        }
        return RedisConfig.of(uri);
    }

    private static RedisAccess with(
            RedisAccess access, @Nullable String username, @Nullable String password, @Nullable String passwordFile) {
        if (passwordFile != null) {
            return access.withPasswordFile(username, Path.of(passwordFile));
        }
        if (password != null) {
            RedisCredentials credentials = new RedisCredentials(username, password);
            return access.withCredentials(() -> credentials);
        }
        return access;
    }

    private @Nullable RedisAccess sentinels(RedisAccess servers, @Nullable RedisAccess found) {
        FreshetProperties.Sentinel sentinel = own.sentinel();
        FreshetProperties.Tls tls = sentinel.tls();
        boolean hasTls = tls.ca() != null || tls.certificate() != null || tls.key() != null || tls.bundle() != null;
        if (sentinel.password() == null && sentinel.passwordFile() == null && !hasTls) {
            return found;
        }
        RedisAccess start = found == null ? new RedisAccess(null, servers.tls()) : found;
        return tls(
                "freshet.redis.sentinel.tls",
                with(start, sentinel.username(), sentinel.password(), sentinel.passwordFile()),
                tls);
    }

    private RedisAccess tls(String property, RedisAccess access, FreshetProperties.Tls tls) {
        if (tls.bundle() != null) {
            return access.withTls(bundle(property + ".bundle", tls.bundle()));
        }
        if (tls.ca() == null && tls.certificate() == null && tls.key() == null) {
            return access;
        }
        return faults.apply(
                property, access, it -> it.withTlsFiles(path(tls.ca()), path(tls.certificate()), path(tls.key())));
    }

    private RedisAccess tlsOf(String property, RedisAccess access, SpringRedis.@Nullable Ssl ssl) {
        return ssl == null || ssl.bundle() == null || !ssl.isOn()
                ? access
                : access.withTls(bundle(property + ".bundle", ssl.bundle()));
    }

    private SSLSocketFactory bundle(String property, String name) {
        SSLSocketFactory plain = (SSLSocketFactory) SSLSocketFactory.getDefault();
        if (bundles == null) {
            faults.add(
                    property,
                    "there are no SSL bundles, so there is no \"" + name + "\": define it under spring.ssl.bundle");
            return plain;
        }
        return faults.get(property, plain, () -> bundles.getBundle(name)
                .createSslContext()
                .getSocketFactory());
    }

    private static @Nullable Path path(@Nullable String file) {
        return file == null ? null : Path.of(file);
    }
}

package dev.freshet.bus;

import dev.freshet.bus.internal.access.PasswordFile;
import dev.freshet.bus.internal.access.PemFiles;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * How connections to servers, or to sentinels, prove who they are and whether they are encrypted. Get one from {@link #PLAIN} and
 * change what must be different with the {@code with…} methods.
 *
 * <p>Both members are asked for each new connection, on a thread that only waits for them, and may take as long as an attempt to
 * connect. If one fails, or takes longer, the connection is not made, and the attempt is repeated with backoff. So a password or a
 * certificate can be replaced while the process runs; existing connections stay. Messages of their exceptions are never logged,
 * because they might hold a secret.
 *
 * @param credentials returns the credentials of a new connection; null: those of the address, if it has any
 * @param tls makes the sockets of encrypted connections; null: they are encrypted only if the address begins with {@code rediss},
 *     and then certificates are checked against the authorities that this Java trusts. The name in a server's certificate is
 *     always checked
 */
public record RedisAccess(
        @Nullable Supplier<RedisCredentials> credentials,
        @Nullable SSLSocketFactory tls) {

    /** Neither credentials nor TLS but those of the address. */
    public static final RedisAccess PLAIN = new RedisAccess(null, null);

    /** Returns a copy that asks this for the credentials of each new connection. */
    public RedisAccess withCredentials(Supplier<RedisCredentials> credentials) {
        return new RedisAccess(credentials, tls);
    }

    /**
     * Returns a copy that reads the password from a file for each new connection. Line ends behind the password are ignored.
     *
     * @param username null: Redis' default user
     */
    public RedisAccess withPasswordFile(@Nullable String username, Path file) {
        return new RedisAccess(new PasswordFile(username, file), tls);
    }

    /** Returns a copy that encrypts connections with sockets of this factory. */
    public RedisAccess withTls(SSLSocketFactory tls) {
        return new RedisAccess(credentials, tls);
    }

    /**
     * Returns a copy that encrypts connections, and reads these PEM files for each new one. A key may be an RSA, EC or Ed25519 key
     * in PKCS#8, PKCS#1 or SEC1 form, without a password.
     *
     * @param ca the authorities that may issue the servers' certificates; null: those that this Java trusts
     * @param certificate the certificate to show to servers, and those between it and its authority; null: none
     * @param key its private key; null if and only if there is no certificate
     * @throws IllegalArgumentException if there is a certificate without a key, or a key without a certificate
     */
    public RedisAccess withTlsFiles(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
        return new RedisAccess(credentials, PemFiles.of(ca, certificate, key).sockets());
    }

    /** Names what is configured, and no secret. */
    @Override
    public String toString() {
        return "RedisAccess[credentials=" + shown(credentials) + ", tls=" + shown(tls) + "]";
    }

    /** What a user's class says about itself may hold a secret. */
    private static String shown(@Nullable Object part) {
        return part == null
                ? "none"
                : part instanceof PasswordFile || PemFiles.isMadeOf(part)
                        ? part.toString()
                        : part.getClass().getName();
    }
}

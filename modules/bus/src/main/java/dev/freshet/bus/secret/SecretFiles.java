package dev.freshet.bus.secret;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.access.PemFiles;
import dev.freshet.bus.internal.access.SecretFile;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads files that hold certificates, keys and tokens. Each call reads them anew and blocks as long as the file system does. Stateless.
 *
 * <p>Errors are sentences that name the file and what is wrong with it, and quote nothing of what it holds.
 */
public final class SecretFiles {

    private SecretFiles() {}

    /**
     * Reads a whole file as text, at most 1 MiB of UTF-8.
     *
     * @param what what the file is, as it begins a sentence: "the token file"
     * @throws BusException if the file cannot be read, or is not a regular file
     */
    public static String text(String what, Path file) {
        return reading(() -> SecretFile.read(what, file));
    }

    /**
     * Reads what a program that listens needs for TLS. A key may be an RSA, EC or Ed25519 key in PKCS#8, PKCS#1 or SEC1 form, without a
     * password.
     *
     * @param certificate the certificate to show, and those between it and its authority, in PEM
     * @param key its private key, in PEM
     * @param clientCa the authorities that clients' certificates may be from, in PEM; null: no client's certificate is trusted
     * @throws BusException if a file cannot be read, the key belongs to another certificate, or the certificate is not valid now
     */
    public static ServerIdentity serverIdentity(Path certificate, Path key, @Nullable Path clientCa) {
        PemFiles files = PemFiles.of(clientCa, certificate, key);
        return reading(() -> {
            SSLContext context = files.server();
            X509Certificate first = files.first();
            return new ServerIdentity(
                    context,
                    first.getNotBefore().toInstant(),
                    first.getNotAfter().toInstant());
        });
    }

    /**
     * Reads what a client needs for TLS.
     *
     * @param ca the authorities that servers' certificates may be from, in PEM; null: those that this Java trusts
     * @param certificate the certificate to show to servers; null: none
     * @param key its private key; null if and only if there is no certificate
     * @throws BusException as {@link #serverIdentity} does
     * @throws IllegalArgumentException if there is a certificate without a key, or a key without a certificate
     */
    public static SSLContext clientContext(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
        PemFiles files = PemFiles.of(ca, certificate, key);
        return reading(files::client);
    }

    /** Callers know the bus's exceptions, and not those of its client library. */
    private static <T> T reading(Supplier<T> read) {
        try {
            return read.get();
        } catch (MisconfiguredException e) {
            throw new BusException(String.valueOf(e.getMessage()), e);
        }
    }
}

package dev.freshet.cli.connection;

import dev.freshet.bus.BusException;
import dev.freshet.bus.secret.SecretFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a publisher is, and what to show there. Files are read when they are needed. Immutable.
 *
 * @param uri {@code http://host:port} or {@code https://host:port}
 * @param tokenFile holds the caller's token; null: none
 * @param ca the authorities that the publisher's certificate may be from, in PEM; null: those that this Java trusts
 * @param certificate the certificate to show, in PEM; null: none
 * @param key its private key; null if and only if there is no certificate
 */
public record PublisherAccess(
        URI uri,
        @Nullable Path tokenFile,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {

    private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}|\\[::1]|localhost");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]{1,512}=*");

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is no address of a publisher; the message is a clause that quotes nothing of it
     */
    public static URI address(String text) {
        try {
            URI uri = new URI(text);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            boolean hasPath = !Set.of("", "/").contains(String.valueOf(uri.getRawPath()));
            if (Set.of("http", "https").contains(scheme)
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && !hasPath) {
                return new URI(scheme, null, uri.getHost(), uri.getPort(), null, null, null);
            }
        } catch (URISyntaxException e) {
            // Refused below.
        }
        throw new IllegalArgumentException("must be an address like https://freshet-publisher:8700, without a path");
    }

    /** Returns the access of somebody who shows nothing. */
    public PublisherAccess asNobody() {
        return new PublisherAccess(uri, null, ca, null, null);
    }

    /** Returns whether the publisher is on this host. Names are not looked up. */
    public boolean isLoopback() {
        return LOOPBACK.matcher(uri.getHost()).matches();
    }

    /** Returns whether connections are encrypted. */
    public boolean isEncrypted() {
        return "https".equals(uri.getScheme());
    }

    /**
     * Reads the token; null: none is configured.
     *
     * @throws BusException if the file cannot be read, or holds no token
     */
    @Nullable
    String token() {
        if (tokenFile == null) {
            return null;
        }
        String token = SecretFiles.text("the token file", tokenFile).strip();
        if (!TOKEN.matcher(token).matches()) {
            throw new BusException("the token file " + tokenFile + " must hold one token and nothing else");
        }
        return token;
    }

    /**
     * Reads the files for TLS.
     *
     * @throws BusException that names the file and what is wrong with it
     */
    SSLContext tls() {
        return SecretFiles.clientContext(ca, certificate, key);
    }
}

package dev.freshet.service.rights;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a caller shows. Immutable. */
sealed interface Credential {

    /** Returns the credential as it stands in a file. */
    String text();

    /**
     * Reads a credential.
     *
     * @throws IllegalArgumentException if it is malformed; the message is a clause that quotes nothing of it
     */
    static Credential parse(String text) {
        if (text.startsWith(TokenHash.PREFIX)) {
            return TokenHash.parse(text);
        }
        if (text.startsWith(CommonName.PREFIX) && text.length() > CommonName.PREFIX.length()) {
            return new CommonName(text.substring(CommonName.PREFIX.length()));
        }
        throw new IllegalArgumentException(
                "must have sha256:HASH of a token as its second part, or cn:NAME of a client certificate; never the token itself");
    }

    /** The SHA-256 of a token. Tokens are random and long, so that it needs neither salt nor many rounds. */
    final class TokenHash implements Credential {

        private static final String PREFIX = "sha256:";
        private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

        private final byte[] sha256;

        private TokenHash(byte[] sha256) {
            this.sha256 = sha256;
        }

        static TokenHash of(String token) {
            try {
                return new TokenHash(
                        MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Each Java has SHA-256", e);
            }
        }

        private static TokenHash parse(String text) {
            String hash = text.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
            if (!HASH.matcher(hash).matches()) {
                throw new IllegalArgumentException("must have 64 hexadecimal digits after sha256:");
            }
            return new TokenHash(HexFormat.of().parseHex(hash));
        }

        /** Takes the same time wherever the first difference is. */
        @Override
        public boolean equals(Object other) {
            return other instanceof TokenHash hash && MessageDigest.isEqual(sha256, hash.sha256);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(sha256);
        }

        @Override
        public String text() {
            return PREFIX + HexFormat.of().formatHex(sha256);
        }

        @Override
        public String toString() {
            return PREFIX + "…";
        }
    }

    /** The common name in the subject of a client certificate, which the port's {@code tls.client-ca} has verified. */
    record CommonName(String name) implements Credential {

        private static final String PREFIX = "cn:";

        @Override
        public String text() {
            return PREFIX + name;
        }
    }
}

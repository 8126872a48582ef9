package dev.freshet.service.rights;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A token that nobody has yet, and the line that grants it rights. Immutable.
 *
 * @param token what the caller sends; a secret
 * @param line what belongs in the file that {@code http.tokens-file} names; no secret
 */
public record NewToken(String token, String line) {

    private static final String PREFIX = "freshet_";
    private static final int BYTES = 32;

    /**
     * Makes a token.
     *
     * @param name the caller's name
     * @param rights what it may do; all rights are known
     * @param regions where, as in a file
     * @throws IllegalArgumentException if the name, the rights or the regions cannot stand in a file; the message is a clause
     */
    public static NewToken make(String name, Set<Right> rights, List<String> regions) {
        return make(name, rights, regions, new SecureRandom());
    }

    static NewToken make(String name, Set<Right> rights, List<String> regions, RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        String line = new Grant(name, Credential.TokenHash.of(token), rights, regions).text();
        return new NewToken(token, Grant.parse(line, Set.of(Right.values())).text());
    }

    /** Without the token. */
    @Override
    public String toString() {
        return line;
    }
}

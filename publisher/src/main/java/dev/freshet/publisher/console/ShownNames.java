package dev.freshet.publisher.console;

import dev.freshet.publisher.configuration.ConsoleSettings;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Shows keys, tags and prefixes where the settings allow it, and else hashes of them. The hashes differ from one start of the process to the
 * next, so that nobody finds names by hashing guesses. Safe to use from any thread.
 */
final class ShownNames {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SHOWN_BYTES = 5;

    private final ConsoleSettings settings;
    private final SecretKeySpec salt;

    ShownNames(ConsoleSettings settings) {
        this.settings = settings;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.salt = new SecretKeySpec(random, ALGORITHM);
    }

    boolean areShown(String region) {
        return settings.showsKeysOf(region);
    }

    /** Returns the name, or its hash behind a {@code #}. */
    String of(String region, String name) {
        return areShown(region) ? name : hash(name);
    }

    List<String> of(String region, List<String> names) {
        return names.stream().map(name -> of(region, name)).toList();
    }

    private String hash(String name) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(salt);
            byte[] hash = mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
            return "#" + HexFormat.of().formatHex(hash, 0, SHOWN_BYTES);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}

package dev.freshet.demo.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A token for the console, with all rights, and the file by which the publisher knows it. It is of this run only, as {@code ./freshet token}
 * makes those that stay.
 *
 * @param token what the browser shows
 * @param file holds its hash
 */
record ConsoleToken(String token, Path file) {

    private static final int BYTES = 24;

    static ConsoleToken create(Path folder) {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String token = "freshet_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            String line = "demo sha256:" + HexFormat.of().formatHex(hash) + " * *\n";
            return new ConsoleToken(token, Files.writeString(folder.resolve("console-tokens"), line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "ConsoleToken[" + file + "]";
    }
}

package dev.freshet.bus.internal.access;

import dev.freshet.bus.RedisCredentials;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Credentials whose password is read from a file each time.
 *
 * @param username null: Redis' default user
 */
public record PasswordFile(@Nullable String username, Path file) implements Supplier<RedisCredentials> {

    private static final String WHAT = "the password file";

    /**
     * Reads the file. Line ends behind the password do not belong to it.
     *
     * @throws MisconfiguredException naming the file and what is wrong with it, but nothing of what it holds
     */
    @Override
    public RedisCredentials get() {
        String text = SecretFile.read(WHAT, file);
        int end = text.length();
        while (end > 0 && isLineEnd(text.charAt(end - 1))) {
            end--;
        }
        String password = text.substring(0, end);
        if (password.isBlank()) {
            throw SecretFile.fault(WHAT, file, "is empty");
        }
        if (password.chars().anyMatch(each -> isLineEnd((char) each))) {
            throw SecretFile.fault(WHAT, file, "holds more than one line; it must hold the password only");
        }
        return new RedisCredentials(username, password);
    }

    private static boolean isLineEnd(char each) {
        return each == '\n' || each == '\r';
    }

    @Override
    public String toString() {
        return "password file " + file;
    }
}

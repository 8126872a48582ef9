package dev.freshet.bus;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a connection says about itself with {@code AUTH}. The text form leaves the password out.
 *
 * @param username null: Redis' default user
 * @param password the password; empty for a user that needs none
 */
public record RedisCredentials(@Nullable String username, String password) {

    public RedisCredentials {
        Objects.requireNonNull(password);
    }

    @Override
    public String toString() {
        return "RedisCredentials[username=" + username + ", password=***]";
    }
}

package dev.freshet.cli;

import dev.freshet.bus.admin.RedisRights.Role;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The names of roles on the command line. */
final class Roles {

    static final String FAULT = "must be publisher, subscriber or doctor";

    private Roles() {}

    /** Returns the role of this name, or null. */
    static @Nullable Role named(String name) {
        for (Role role : Role.values()) {
            if (role.name().toLowerCase(Locale.ROOT).equals(name)) {
                return role;
            }
        }
        return null;
    }
}

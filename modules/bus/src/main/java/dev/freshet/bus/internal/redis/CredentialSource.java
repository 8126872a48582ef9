package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisCredentials;
import dev.freshet.bus.internal.access.ForeignCode;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.access.PasswordFile;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the credentials of connections come from. Any thread.
 *
 * @param supplier null: there are none
 * @param origin where they come from, for messages
 */
record CredentialSource(@Nullable Supplier<RedisCredentials> supplier, String origin) {

    static final CredentialSource NONE = new CredentialSource(null, "");

    /** The credentials of an address, if it has any. */
    static CredentialSource of(RedisUri uri) {
        String password = uri.password();
        if (password == null) {
            return NONE;
        }
        RedisCredentials fixed = new RedisCredentials(uri.user(), password);
        return new CredentialSource(() -> fixed, "the address");
    }

    static CredentialSource of(Supplier<RedisCredentials> supplier) {
        return new CredentialSource(supplier, supplier instanceof PasswordFile file ? "the " + file : "their supplier");
    }

    /**
     * Returns the credentials of a new connection, or null if there are none.
     *
     * @throws MisconfiguredException if there should be some
     */
    @Nullable
    RedisCredentials get(ForeignCode foreign, long timeoutMillis) {
        Supplier<RedisCredentials> known = supplier;
        if (known == null) {
            return null;
        }
        String what = "the supplier of credentials (" + origin + ")";
        try {
            return foreign.run(what, timeoutMillis, known::get);
        } catch (TimeoutException e) {
            throw new MisconfiguredException(what + " did not return within " + timeoutMillis + " ms");
        } catch (IOException e) {
            // None is declared, but some languages do not care.
            throw new MisconfiguredException(
                    what + " failed with " + e.getClass().getName());
        }
    }

    /** Says what a server was shown, as in "refuses …". */
    String shown(@Nullable RedisCredentials credentials) {
        return credentials == null
                ? "a connection without credentials"
                : "the credentials"
                        + (credentials.username() == null ? "" : " of user " + credentials.username())
                        + " from " + origin;
    }

    /** Without the supplier, whose text may hold a secret. */
    @Override
    public String toString() {
        return "CredentialSource[" + origin + "]";
    }
}

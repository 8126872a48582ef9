package dev.freshet.bus.direct;

import dev.freshet.bus.RedisCredentials;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server that is a master, and how to get in there.
 *
 * @param credentials what this process says about itself; null: it says nothing
 * @param tls encrypts connections, which are to check the name in the server's certificate; null: they are not encrypted
 */
public record Master(
        String host,
        int port,
        @Nullable RedisCredentials credentials,
        @Nullable SSLContext tls) {

    /** Returns the host and the port. */
    public String address() {
        return host + ":" + port;
    }

    /** Returns the address only. */
    @Override
    public String toString() {
        return address();
    }
}

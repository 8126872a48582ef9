package dev.freshet.bus.internal.access;

import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * There is no connection, and there will be none before somebody mends the configuration: of this process, or of the server. The
 * message is a whole sentence without secrets.
 */
public final class MisconfiguredException extends JedisConnectionException {

    private static final long serialVersionUID = 1;

    public MisconfiguredException(String message) {
        super(message);
    }
}

package dev.freshet.cli.connection;

import dev.freshet.bus.BusException;

/** A publisher answers, and refuses. The message says why, and what to do. */
public final class RefusedException extends BusException {

    private static final long serialVersionUID = 1;

    RefusedException(String message) {
        super(message);
    }
}

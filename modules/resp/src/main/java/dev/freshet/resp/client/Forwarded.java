package dev.freshet.resp.client;

import java.util.Locale;

/** Why a command was passed on to Redis. */
public enum Forwarded {
    /** It is no read that copies can answer. */
    COMMAND,
    /** No rule matches its keys. */
    NO_RULE,
    /** There is no copy. */
    MISS,
    /** The connection is in a transaction, watches keys, or uses another database. */
    STATE,
    /** The connection is not proven to be the same user's as the subscriber's. */
    USER,
    /** A command before it, which may change or wait, has no answer yet. */
    ORDER,
    /** Changes are not heard, or their proof is too old. */
    TRACKING,
    /** The client does not take its answers. */
    SLOW_CLIENT;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as metrics write it. */
    public String label() {
        return label;
    }
}

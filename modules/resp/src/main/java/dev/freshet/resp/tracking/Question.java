package dev.freshet.resp.tracking;

import dev.freshet.resp.local.Copies;
import io.vertx.core.buffer.Buffer;

/**
 * A read of a key that is no string, whose answer may be kept.
 *
 * @param text what is asked about the key: the command and its arguments but the key
 * @param command the whole command, as it is sent
 */
public record Question(Copies<?> copies, String key, byte[] text, Buffer command) {

    /** Without the key. */
    @Override
    public String toString() {
        return "Question[" + copies.region() + "]";
    }
}

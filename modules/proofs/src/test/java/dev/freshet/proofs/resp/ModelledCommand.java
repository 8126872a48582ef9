package dev.freshet.proofs.resp;

import dev.freshet.resp.protocol.Replies;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A command that the model of Redis has, and what Redis says about it. */
enum ModelledCommand {
    GET("readonly", 1, 1),
    GETRANGE("readonly", 1, 1),
    STRLEN("readonly", 1, 1),
    MGET("readonly", 1, -1),
    EXISTS("readonly", 1, -1),
    PTTL("readonly", 1, 1),
    SET("write", 1, 1),
    RPUSH("write", 1, 1),
    DEL("write", 1, -1),
    PEXPIRE("write", 1, 1),
    PERSIST("write", 1, 1),
    RENAME("write", 1, 2),
    EVAL("movablekeys", 0, 0),
    FLUSHDB("write", 0, 0);

    private final String flag;
    private final int firstKey;
    private final int lastKey;

    ModelledCommand(String flag, int firstKey, int lastKey) {
        this.flag = flag;
        this.firstKey = firstKey;
        this.lastKey = lastKey;
    }

    static @Nullable ModelledCommand find(String name) {
        for (ModelledCommand command : values()) {
            if (command.name().equals(name)) {
                return command;
            }
        }
        return null;
    }

    boolean reads() {
        return flag.equals("readonly");
    }

    boolean isWrite() {
        return !reads();
    }

    List<String> keys(List<String> arguments) {
        return firstKey == 0
                ? List.of()
                : arguments.subList(firstKey, lastKey < 0 ? arguments.size() : Math.min(arguments.size(), lastKey + 1));
    }

    /** Appends the answer to {@code COMMAND}. */
    static void describe(Buffer to) {
        Replies.array(to, values().length);
        for (ModelledCommand command : values()) {
            Replies.array(to, 6);
            Replies.string(to, command.name().toLowerCase(Locale.ROOT));
            Replies.integer(to, -1);
            Replies.array(to, 1);
            to.appendString("+" + command.flag + "\r\n");
            Replies.integer(to, command.firstKey);
            Replies.integer(to, command.lastKey);
            Replies.integer(to, command.firstKey == 0 ? 0 : 1);
        }
    }
}

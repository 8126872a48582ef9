package dev.freshet.resp.client;

import dev.freshet.resp.commands.StructureCommands;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.Found;
import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.protocol.Reply;
import dev.freshet.resp.tracking.Question;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers reads of hashes and sets, as Redis would: by the answer that it gave to the same command before. Stateless.
 *
 * <p>Answers are kept as RESP2 writes them, which most clients speak.
 */
final class StructureReads {

    private StructureReads() {}

    /** Returns what a command asks about its key. */
    static Question question(Command command, Copies<?> copies, String key) {
        Buffer whole = Buffer.buffer();
        Replies.array(whole, command.arguments());
        for (int i = 0; i < command.arguments(); i++) {
            Replies.string(whole, Buffer.buffer(command.copy(i)));
        }
        return new Question(copies, key, text(command), whole);
    }

    private static byte[] text(Command command) {
        Buffer text = Buffer.buffer().appendString(command.name());
        for (int i = 2; i < command.arguments(); i++) {
            text.appendByte((byte) 0).appendInt(command.length(i)).appendBytes(command.copy(i));
        }
        return text.getBytes();
    }

    /** Appends the answer. Returns why there is none; null: it was appended. */
    static @Nullable Forwarded answer(Command command, Found found, Buffer to, boolean isResp3) {
        if (found.bytes() == null) {
            answerAbsent(command, to, isResp3);
            return null;
        }
        if (!found.isAnswers()) {
            return Forwarded.COMMAND; // a string: Redis says what is wrong
        }
        Buffer answer = found.answer(text(command));
        if (answer == null) {
            return Forwarded.MISS;
        }
        if (isResp3) {
            write(Reply.parse(answer.getBytes(), 0), command, to);
        } else {
            to.appendBuffer(answer);
        }
        return null;
    }

    private static void answerAbsent(Command command, Buffer to, boolean isResp3) {
        switch (command.name()) {
            case "HGET" -> Replies.none(to, isResp3);
            case "SISMEMBER" -> Replies.integer(to, 0);
            case StructureCommands.HGETALL -> beginHash(0, to, isResp3);
            default -> {
                Replies.array(to, command.arguments() - 2);
                for (int i = 2; i < command.arguments(); i++) {
                    Replies.none(to, isResp3);
                }
            }
        }
    }

    private static void beginHash(int items, Buffer to, boolean isResp3) {
        if (isResp3) {
            Replies.map(to, items / 2);
        } else {
            Replies.array(to, items);
        }
    }

    private static void write(Reply reply, Command command, Buffer to) {
        if (command.name().equals(StructureCommands.HGETALL)) {
            beginHash(reply.items().size(), to, true);
            reply.items().forEach(item -> Replies.reply(to, item, true));
        } else {
            Replies.reply(to, reply, true);
        }
    }
}

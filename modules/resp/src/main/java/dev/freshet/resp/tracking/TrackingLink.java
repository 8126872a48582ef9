package dev.freshet.resp.tracking;

import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.protocol.Reply;
import dev.freshet.resp.protocol.ReplyScanner;
import dev.freshet.resp.protocol.ReplyScanner.MalformedReplyException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.Consumer;

/** One connection that commands go out on, and answers and messages come in on, in the order of the wire. One event loop. */
final class TrackingLink {

    /** A larger answer was not asked for. */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private final NetSocket socket;
    private final Consumer<Reply> messages;
    private final Consumer<String> lost;
    private final Queue<Consumer<Reply>> waiting = new ArrayDeque<>();
    private final ReplyScanner scanner = new ReplyScanner();
    private byte[] partial = {};
    private int partialBytes;
    private Buffer out = Buffer.buffer();
    private boolean isLost;

    /**
     * @param messages hears what nobody asked for
     * @param lost called once, with the reason as a clause
     */
    TrackingLink(NetSocket socket, Consumer<Reply> messages, Consumer<String> lost) {
        this.socket = socket;
        this.messages = messages;
        this.lost = lost;
    }

    void start() {
        socket.handler(this::arrived)
                .closeHandler(closed -> fail("Redis closed the connection"))
                .exceptionHandler(fault -> fail(fault.getClass().getSimpleName() + ": " + fault.getMessage()))
                .resume();
    }

    /** Appends a command; {@link #flush} sends it. */
    void send(Consumer<Reply> then, String... arguments) {
        if (!isLost) {
            waiting.add(then);
            Replies.command(out, arguments);
        }
    }

    /** Appends a command as it is sent. */
    void send(Consumer<Reply> then, Buffer command) {
        if (!isLost) {
            waiting.add(then);
            out.appendBuffer(command);
        }
    }

    /** Appends a command whose success is told by a message. */
    void sendWithoutAnswer(String... arguments) {
        Replies.command(out, arguments);
    }

    void flush() {
        if (!isLost && out.length() > 0) {
            Buffer sent = out;
            out = Buffer.buffer();
            socket.write(sent);
        }
    }

    private void arrived(Buffer buffer) {
        byte[] bytes = buffer.getBytes();
        int at = 0;
        try {
            while (at < bytes.length && !isLost) {
                int to = scanner.scan(bytes, at, bytes.length);
                if (!scanner.isComplete()) {
                    keep(bytes, at, to);
                } else if (partialBytes == 0) {
                    answered(Reply.parse(bytes, at));
                } else {
                    keep(bytes, at, to);
                    byte[] whole = partial;
                    partial = new byte[0];
                    partialBytes = 0;
                    answered(Reply.parse(whole, 0));
                }
                at = to;
            }
        } catch (MalformedReplyException | IllegalArgumentException e) {
            fail(String.valueOf(e.getMessage()));
        }
        flush();
    }

    private void keep(byte[] bytes, int from, int to) {
        int needed = partialBytes + to - from;
        if (needed > MAX_ANSWER_BYTES) {
            throw new IllegalArgumentException("Redis sent an answer of more than " + MAX_ANSWER_BYTES + " bytes");
        }
        if (needed > partial.length) {
            partial = Arrays.copyOf(partial, Math.max(needed, Math.min(2 * partial.length, MAX_ANSWER_BYTES)));
        }
        System.arraycopy(bytes, from, partial, partialBytes, to - from);
        partialBytes = needed;
    }

    private void answered(Reply reply) {
        if (reply instanceof Reply.Many many && many.isPush()) {
            messages.accept(reply);
            return;
        }
        Consumer<Reply> then = waiting.poll();
        if (then == null) {
            fail("Redis sent an answer that nobody asked for: " + reply.text());
        } else {
            then.accept(reply);
        }
    }

    /** Ends the connection. What waits for answers is forgotten. */
    void fail(String why) {
        if (!isLost) {
            isLost = true;
            waiting.clear();
            socket.close();
            lost.accept(why);
        }
    }
}

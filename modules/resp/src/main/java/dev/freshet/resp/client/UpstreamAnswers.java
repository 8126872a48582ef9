package dev.freshet.resp.client;

import dev.freshet.resp.protocol.Reply;
import dev.freshet.resp.protocol.ReplyScanner;
import dev.freshet.resp.protocol.ReplyScanner.MalformedReplyException;
import dev.freshet.resp.tracking.ClientInfo;
import dev.freshet.resp.tracking.Question;
import dev.freshet.resp.tracking.TrackedServer;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The answers of Redis to one client. Passes them on as they come, but only after what they mean was done: keys are evicted that the
 * command may have changed, or a barrier was passed. One event loop.
 */
final class UpstreamAnswers {

    /** An answer to a question of this process is not larger. */
    private static final int MAX_OWN_BYTES = 64 * 1024;

    /** Where the answers go. */
    interface Output {
        void toClient(byte[] bytes, int from, int to);

        /** Returns what is about to be sent to the client. */
        Buffer toClient();

        /** Runs something after a barrier; false: there is nothing to wait for. */
        boolean afterBarrier(Runnable then);

        /** Ends the connection: what comes from Redis cannot be understood. */
        void fail();
    }

    private final PortContext port;
    private final ConnectionState state;
    private final AnswerQueue queue;
    private final Output output;
    private final ReplyScanner scanner = new ReplyScanner();
    private byte[] own = {};
    private boolean isWrapping;
    private boolean isRaw;

    /** What arrived behind an answer that waits for a barrier; that answer's end is its first part. */
    private byte @Nullable [] held;

    private int heldFrom;
    private int heldTo;

    UpstreamAnswers(PortContext port, ConnectionState state, AnswerQueue queue, Output output) {
        this.port = port;
        this.state = state;
        this.queue = queue;
        this.output = output;
    }

    /** From now on, what follows the answers that are still expected is passed on as it is. */
    void becomeRaw() {
        isRaw = true;
    }

    /** Whether an answer waits for a barrier. Nothing may arrive meanwhile. */
    boolean isHeld() {
        return held != null;
    }

    void arrived(Buffer buffer) {
        byte[] bytes = buffer.getBytes();
        if (held != null) { // it was on its way when reading was paused
            int before = held.length;
            held = Arrays.copyOf(held, before + bytes.length);
            System.arraycopy(bytes, 0, held, before, bytes.length);
            return;
        }
        read(bytes, 0);
    }

    private void read(byte[] bytes, int from) {
        int at = from;
        try {
            while (at < bytes.length) {
                if (isRaw && queue.isEmpty() && scanner.isComplete()) {
                    output.toClient(bytes, at, bytes.length);
                    return;
                }
                int to = scanner.scan(bytes, at, bytes.length);
                if (!take(bytes, at, to)) {
                    return;
                }
                at = to;
            }
        } catch (MalformedReplyException | IllegalArgumentException e) {
            output.fail();
        }
    }

    /** Takes an answer, or a part of one. Returns false if what follows must wait. */
    private boolean take(byte[] bytes, int from, int to) {
        Exchange first = scanner.isPush() ? null : queue.peek();
        if (first != null && first.isWrapped && !isWrapping) {
            isWrapping = true;
            if (!scanner.isError()) {
                ExactRead.begin(output.toClient());
            }
        }
        if (first == null) {
            output.toClient(bytes, from, to); // a message, or what Redis says before it closes a connection
        } else if (first.isOwn()) {
            keep(bytes, from, to);
            if (scanner.isComplete()) {
                answeredOwn(first);
            }
        } else {
            first.answerBytes += to - from;
            if (scanner.isComplete()) {
                return answered(first, bytes, from, to);
            }
            output.toClient(bytes, from, to);
        }
        return true;
    }

    private boolean answered(Exchange exchange, byte[] bytes, int from, int to) {
        ConnectionState.Effects effects = state.answered(exchange, scanner);
        if (effects.dropsAll()) {
            port.tracking().evictAll();
        }
        for (Exchange.Changed changed : effects.changed()) {
            port.tracking().evict(changed.copies(), changed.key());
        }
        if (effects.needsBarrier()) {
            held = bytes;
            heldFrom = from;
            heldTo = to;
            if (output.afterBarrier(this::release)) {
                return false;
            }
            held = null;
        }
        Question question = exchange.question;
        if (question != null
                && !scanner.isError()
                && exchange.answerBytes <= question.copies().maximumValueBytes()) {
            port.tracking().fill(question);
        }
        pass(exchange, bytes, from, to);
        return true;
    }

    private void pass(Exchange exchange, byte[] bytes, int from, int to) {
        port.stats().forwardedTook(System.nanoTime() - exchange.sentNanos);
        output.toClient(bytes, from, to);
        if (exchange.isWrapped) {
            isWrapping = false;
            if (!scanner.isError()) {
                ExactRead.endOfRedis(output.toClient());
            }
        }
        next();
    }

    private void next() {
        queue.remove();
        queue.moveLocal(output.toClient());
    }

    private void release() {
        byte[] bytes = held;
        Exchange exchange = queue.peek();
        held = null;
        if (bytes != null && exchange != null) {
            pass(exchange, bytes, heldFrom, heldTo);
            read(bytes, heldTo);
        }
    }

    // ---- Answers to this process

    private void keep(byte[] bytes, int from, int to) {
        int before = own.length;
        if (before + to - from > MAX_OWN_BYTES) {
            throw new IllegalArgumentException("Redis sent a larger answer than was asked for");
        }
        own = Arrays.copyOf(own, before + to - from);
        System.arraycopy(bytes, from, own, before, to - from);
    }

    private void answeredOwn(Exchange exchange) {
        byte[] answer = own;
        own = new byte[0];
        if (exchange.origin == Exchange.Origin.PROBE) {
            probed(Reply.parse(answer, 0));
            next();
        } else if (exchange.origin == Exchange.Origin.SERVER) {
            Reply reply = Reply.parse(answer, 0);
            state.answeredBy(reply instanceof Reply.Fault ? "" : TrackedServer.runIdIn(reply.text()));
            next();
        } else if (scanner.begins("+PONG")) {
            next();
        } else {
            output.toClient(answer, 0, answer.length); // the answer to SUBSCRIBE itself: an error. PONG follows
        }
    }

    private void probed(Reply reply) {
        boolean isRefused = reply instanceof Reply.Fault;
        state.probed(
                isRefused ? null : ClientInfo.parse(reply.text()),
                isRefused && reply.text().startsWith("NOAUTH"));
    }
}

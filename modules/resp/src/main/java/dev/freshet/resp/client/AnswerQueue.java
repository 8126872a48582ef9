package dev.freshet.resp.client;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The commands of one connection that have no answer yet, in order. One event loop. */
final class AnswerQueue {

    private final Deque<Exchange> waiting = new ArrayDeque<>();
    private int blocking;
    private long localBytes;

    void add(Exchange exchange) {
        waiting.add(exchange);
        if (!exchange.letsPass()) {
            blocking++;
        }
        if (exchange.local != null) {
            localBytes += exchange.local.length();
        }
    }

    /** Gives an answer to a command that waits for it. */
    void answer(Exchange promised, Buffer answer) {
        promised.local = answer;
        localBytes += answer.length();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Whether all that have no answer are reads that do not wait. */
    boolean letsPass() {
        return blocking == 0;
    }

    /** Returns how many bytes of answers wait for their turn. */
    long localBytes() {
        return localBytes;
    }

    @Nullable
    Exchange peek() {
        return waiting.peek();
    }

    void remove() {
        Exchange first = waiting.poll();
        if (first != null && !first.letsPass()) {
            blocking--;
        }
        if (first != null && first.local != null) {
            localBytes -= first.local.length();
        }
    }

    /** Moves the answers whose turn has come. */
    void moveLocal(Buffer to) {
        for (Exchange first = waiting.peek(); first != null && first.local != null; first = waiting.peek()) {
            to.appendBuffer(first.local);
            remove();
        }
    }
}

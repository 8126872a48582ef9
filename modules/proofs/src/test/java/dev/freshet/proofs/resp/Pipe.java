package dev.freshet.proofs.resp;

import dev.freshet.proofs.resp.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection, seen from the subscriber: what is on its way to it, and what hears what it writes. */
final class Pipe {

    static final int ONE_MESSAGE = 0;

    final Loop loop;
    final NetSocket socket = Loops.proxy(NetSocket.class, this::call);
    private final Consumer<byte[]> written;
    private final Runnable closed;
    private Buffer arriving = Buffer.buffer();
    private final Deque<Integer> lengths = new ArrayDeque<>();
    private Handler<Buffer> handler = ignored -> {};
    private Handler<Void> closeHandler = ignored -> {};
    private Handler<Void> endHandler = ignored -> {};
    private boolean isPaused;
    private boolean isClosed;
    private boolean hasEnded;

    /**
     * @param written takes what the subscriber writes, at once
     * @param closed is told that the subscriber closed it, or learned that it was closed
     */
    Pipe(Loop loop, Consumer<byte[]> written, Runnable closed) {
        this.loop = loop;
        this.written = written;
        this.closed = closed;
    }

    private @Nullable Object call(String method, Object[] arguments) {
        switch (method) {
            case "handler" -> handler = Loops.handler(arguments[0]);
            case "endHandler" -> endHandler = Loops.handler(arguments[0]);
            case "closeHandler" -> closeHandler = Loops.handler(arguments[0]);
            case "exceptionHandler", "drainHandler" -> {}
            case "pause" -> isPaused = true;
            case "resume" -> isPaused = false;
            case "write" -> {
                if (!isClosed) {
                    written.accept(((Buffer) arguments[0]).getBytes());
                }
                return Future.succeededFuture();
            }
            case "writeQueueFull" -> {
                return false;
            }
            case "close" -> {
                close();
                return Future.succeededFuture();
            }
            default -> throw new UnsupportedOperationException(method);
        }
        return socket;
    }

    /** The subscriber closes it. The close handler is told later, as by Vert.x. */
    private void close() {
        if (!isClosed) {
            isClosed = true;
            closed.run();
            loop.add(() -> closeHandler.handle(null));
        }
    }

    void send(byte[] bytes) {
        arriving.appendBytes(bytes);
        lengths.addLast(bytes.length);
    }

    /** The other side closes it, once what it sent has arrived. */
    void end() {
        hasEnded = true;
    }

    /** What is on its way is lost. */
    void lose() {
        arriving = Buffer.buffer();
        lengths.clear();
    }

    boolean isClosed() {
        return isClosed;
    }

    boolean hasArriving() {
        return !isClosed && (arriving.length() > 0 ? !isPaused : hasEnded);
    }

    private void consume(int bytes) {
        arriving = arriving.getBuffer(bytes, arriving.length());
        for (int left = bytes; left > 0; ) {
            int first = lengths.removeFirst();
            if (first > left) {
                lengths.addFirst(first - left);
            }
            left -= Math.min(first, left);
        }
    }

    /**
     * Lets bytes arrive, in a later task.
     *
     * @param atMost how many; {@link #ONE_MESSAGE}: what the other side wrote at once
     */
    void deliver(int atMost) {
        loop.add(() -> {
            if (isClosed) {
                return;
            }
            if (arriving.length() == 0 && hasEnded) {
                isClosed = true;
                closed.run();
                endHandler.handle(null);
                closeHandler.handle(null);
            } else if (!isPaused && arriving.length() > 0) {
                int bytes = atMost == ONE_MESSAGE ? lengths.getFirst() : Math.min(atMost, arriving.length());
                Buffer some = arriving.getBuffer(0, bytes);
                consume(bytes);
                delivered(some.getBytes());
                handler.handle(some);
                handled();
            }
        });
    }

    private Consumer<byte[]> observer = ignored -> {};
    private Runnable afterwards = () -> {};

    /** Tells somebody what is about to be handled, and when it was. */
    void observe(Consumer<byte[]> before, Runnable after) {
        observer = before;
        afterwards = after;
    }

    private void delivered(byte[] bytes) {
        observer.accept(bytes);
    }

    private void handled() {
        afterwards.run();
    }
}

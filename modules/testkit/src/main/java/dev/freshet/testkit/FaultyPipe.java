package dev.freshet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Passes bytes from one socket to another, subject to faults. One thread reads bytes and stamps their arrival; another thread delivers them. So
 * latency does not reduce throughput.
 */
final class FaultyPipe {

    private static final int CHUNK_BYTES = 8 * 1024;
    // Small, so that a slow receiver slows its sender down.
    private static final int QUEUED_CHUNKS = 16;
    private static final int DRIPS_A_SECOND = 50;

    private enum Kind {
        BYTES,
        END,
        RESET
    }

    private record Chunk(Kind kind, ByteBuffer bytes, long arrivedNanos) {}

    private final Socket from;
    private final Socket to;
    private final Faults faults;
    private final Runnable onEnd;
    private final Runnable onReset;
    private final BlockingQueue<Chunk> queue = new LinkedBlockingQueue<>(QUEUED_CHUNKS);
    private final Thread reader;
    private final Thread writer;
    private volatile boolean lostBytes;

    /** The order to reset that the writer knows. Only the writer uses this field and the next. */
    private long knownResetOrder = -1;

    private long bytesUntilReset;

    /**
     * Creates a pipe that does not run yet.
     *
     * @param onEnd called after the last byte and the end of the stream were passed on
     * @param onReset called when the connection must be reset
     */
    FaultyPipe(Socket from, Socket to, Faults faults, Runnable onEnd, Runnable onReset, String name) {
        this.from = from;
        this.to = to;
        this.faults = faults;
        this.onEnd = onEnd;
        this.onReset = onReset;
        this.reader = new Thread(this::readAll, name + "-read");
        this.writer = new Thread(this::writeAll, name + "-write");
        reader.setDaemon(true);
        writer.setDaemon(true);
    }

    void start() {
        reader.start();
        writer.start();
    }

    void stop() {
        reader.interrupt();
        writer.interrupt();
    }

    /** Returns whether bytes were dropped, so that the receiver must not get later ones. */
    boolean lostBytes() {
        return lostBytes;
    }

    private void readAll() {
        try {
            Kind last = Kind.END;
            try {
                InputStream in = from.getInputStream();
                byte[] buffer = new byte[CHUNK_BYTES];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    put(Kind.BYTES, ByteBuffer.wrap(Arrays.copyOf(buffer, n)));
                }
            } catch (IOException e) {
                last = Kind.RESET;
            }
            put(last, ByteBuffer.allocate(0));
        } catch (InterruptedException e) {
            // Stopped: the sockets are closed.
        }
    }

    private void put(Kind kind, ByteBuffer bytes) throws InterruptedException {
        queue.put(new Chunk(kind, bytes, System.nanoTime()));
    }

    private void writeAll() {
        try {
            OutputStream out = to.getOutputStream();
            while (true) {
                Chunk chunk = queue.take();
                faults.awaitDue(chunk.arrivedNanos());
                if (chunk.kind() == Kind.BYTES) {
                    if (!pass(chunk.bytes().array(), out)) {
                        onReset.run();
                        return;
                    }
                } else {
                    faults.awaitNoBlackhole();
                    if (chunk.kind() == Kind.RESET) {
                        onReset.run();
                    } else {
                        to.shutdownOutput();
                        onEnd.run();
                    }
                    return;
                }
            }
        } catch (IOException e) {
            // The receiver is gone; a reset tells the sender.
            onReset.run();
        } catch (InterruptedException e) {
            // Stopped: the sockets are closed.
        }
    }

    /** Passes the bytes on, or drops them. Returns false if the connection must be reset. */
    private boolean pass(byte[] bytes, OutputStream out) throws IOException, InterruptedException {
        int offset = 0;
        while (offset < bytes.length) {
            if (faults.isBlackholed()) {
                lostBytes = true;
                return true;
            }
            if (lostBytes) {
                // The fault ended, but the receiver must not see the bytes behind the hole.
                return false;
            }
            int length = Math.min(bytes.length - offset, nextBytesAtMost());
            if (length > 0) {
                out.write(bytes, offset, length);
                offset += length;
                bytesUntilReset -= length;
                faults.passed(length);
            }
            if (bytesUntilReset == 0) {
                return false;
            }
            if (faults.isDripping()) {
                faults.awaitDripOf(length);
            }
        }
        return true;
    }

    private int nextBytesAtMost() {
        long order = faults.resetOrders();
        if (order != knownResetOrder) {
            knownResetOrder = order;
            bytesUntilReset = faults.resetAfterBytes();
        }
        long drip = Math.max(1, faults.bytesPerSecond() / DRIPS_A_SECOND);
        return (int) Math.min(Integer.MAX_VALUE, Math.min(drip, bytesUntilReset));
    }
}

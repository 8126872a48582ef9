package dev.freshet.bus.internal.socket;

import dev.freshet.bus.internal.thread.ProcessThreads;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connected socket on which no call takes for ever and no reply grows without bound. What is read passes a {@link RespGuard}. If
 * the peer does not take in a write within a time, the socket is closed, which wakes the writer with an exception. Java has
 * timeouts for reads only: without this, a peer that stops reading would hold a writer until the kernel gives up, after a
 * quarter of an hour, or never, if the peer still answers probes.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the socket behind it locks for itself
public final class BoundedSocket extends Socket {

    private static final Logger LOG = LoggerFactory.getLogger(BoundedSocket.class);

    /** The interval at which writers are checked. A write may take that much longer than allowed. */
    private static final long PATROL_MILLIS = 500;

    private static final Set<BoundedSocket> OPEN = ConcurrentHashMap.newKeySet();
    private static final long NOT_WRITING = 0;

    private final Socket socket;
    private final ReadAhead ahead;
    private final InputStream in;
    private final OutputStream out;
    private final long writeTimeoutNanos;
    private volatile long writingSinceNanos = NOT_WRITING;

    /** Whether a thread checks the writers: as long as sockets are open. Guarded by {@link #OPEN}. */
    private static boolean isWatched;

    /**
     * Takes over a connected socket.
     *
     * @param node its address, for messages
     * @param writeTimeoutMillis how long one write may take
     */
    BoundedSocket(Socket socket, String node, long writeTimeoutMillis) throws IOException {
        this.socket = socket;
        this.ahead = new ReadAhead(socket);
        this.in = new RespGuard(ahead, node);
        this.out = new TimedOutput(socket.getOutputStream());
        this.writeTimeoutNanos = TimeUnit.MILLISECONDS.toNanos(writeTimeoutMillis);
        watch(this);
    }

    private static void watch(BoundedSocket opened) {
        synchronized (OPEN) {
            OPEN.add(opened);
            if (!isWatched) {
                ProcessThreads.daemon(BoundedSocket::patrol, "freshet-write-timeout")
                        .start();
                isWatched = true;
            }
        }
    }

    private static void forget(BoundedSocket closed) {
        synchronized (OPEN) {
            OPEN.remove(closed);
            if (OPEN.isEmpty()) {
                OPEN.notifyAll();
            }
        }
    }

    private static void patrol() {
        while (true) {
            synchronized (OPEN) {
                if (OPEN.isEmpty()) {
                    isWatched = false;
                    return;
                }
                try {
                    OPEN.wait(PATROL_MILLIS);
                } catch (InterruptedException e) {
                    // No code interrupts this thread, and without it a writer might hang for ever.
                    continue;
                }
            }
            try {
                abortOverdueWrites();
            } catch (RuntimeException | Error e) {
                // The next round is needed in any case.
                LOG.error("the check of writers failed unexpectedly", e);
            }
        }
    }

    private static void abortOverdueWrites() {
        long now = System.nanoTime();
        for (BoundedSocket each : OPEN) {
            long since = each.writingSinceNanos;
            if (since != NOT_WRITING && now - since > each.writeTimeoutNanos) {
                each.abort();
            }
        }
    }

    private void abort() {
        forget(this);
        try {
            // With TLS an orderly close would write as well.
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException ignored) {
            // The socket is closed either way.
        }
    }

    private final class TimedOutput extends FilterOutputStream {
        private TimedOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            long now = System.nanoTime();
            writingSinceNanos = now == NOT_WRITING ? 1 : now;
            try {
                out.write(bytes, offset, length);
            } finally {
                writingSinceNanos = NOT_WRITING;
            }
        }
    }

    /**
     * Waits until there is something to read, or the end of the stream. Returns false, and reads nothing, if there is nothing
     * within the given time. For the reading thread, after it has read all there was.
     *
     * @param atMostMillis more than 0
     */
    public boolean awaitInput(int atMostMillis) throws IOException {
        return ahead.await(atMostMillis);
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    @Override
    public OutputStream getOutputStream() {
        return out;
    }

    @Override
    public void close() throws IOException {
        forget(this);
        socket.close();
    }

    @Override
    public void setSoTimeout(int timeoutMillis) throws SocketException {
        ahead.timeout(timeoutMillis);
    }

    @Override
    public int getSoTimeout() {
        return ahead.timeoutMillis();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        socket.setSoLinger(on, linger);
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return socket.getRemoteSocketAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return socket.getLocalSocketAddress();
    }

    @Override
    public boolean isBound() {
        return socket.isBound();
    }

    @Override
    public boolean isClosed() {
        return socket.isClosed();
    }

    @Override
    public boolean isConnected() {
        return socket.isConnected();
    }

    @Override
    public boolean isInputShutdown() {
        return socket.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return socket.isOutputShutdown();
    }

    @Override
    public String toString() {
        return socket.toString();
    }
}

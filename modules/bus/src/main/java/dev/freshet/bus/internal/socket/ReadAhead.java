package dev.freshet.bus.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/**
 * A stream that can wait for input without a read by its caller. If a read times out while a client library reads an answer, it
 * is left in the middle of the answer, and the connection is of no use. Used by one thread.
 */
final class ReadAhead extends FilterInputStream {

    private static final int BUFFER_BYTES = 4_096;

    private final Socket socket;
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private int from;
    private int to;

    /** How long a read may take. */
    private volatile int timeoutMillis;

    /** What the socket has. To set it takes locks, so it is set only if it must change: not between answers that come in time. */
    private int setMillis;

    ReadAhead(Socket socket) throws IOException {
        super(socket.getInputStream());
        this.socket = socket;
        this.timeoutMillis = socket.getSoTimeout();
        this.setMillis = timeoutMillis;
    }

    int timeoutMillis() {
        return timeoutMillis;
    }

    /** Sets how long a read may take, from the next one on. Any thread. */
    void timeout(int millis) throws SocketException {
        if (socket.isClosed()) {
            throw new SocketException("the socket is closed");
        }
        timeoutMillis = millis;
    }

    /**
     * Waits until there is input or its end; returns false if the wait timed out.
     *
     * @param atMostMillis more than 0
     */
    boolean await(int atMostMillis) throws IOException {
        if (from == to) {
            set(atMostMillis);
            from = 0;
            to = 0;
            try {
                to = Math.max(0, in.read(bytes, 0, BUFFER_BYTES));
            } catch (SocketTimeoutException e) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (from == to) {
            set(timeoutMillis);
            return in.read(into, offset, length);
        }
        int count = Math.min(length, to - from);
        System.arraycopy(bytes, from, into, offset, count);
        from += count;
        return count;
    }

    private void set(int millis) throws SocketException {
        if (setMillis != millis) {
            socket.setSoTimeout(millis);
            setMillis = millis;
        }
    }

    @Override
    public int available() throws IOException {
        return to - from + in.available();
    }
}

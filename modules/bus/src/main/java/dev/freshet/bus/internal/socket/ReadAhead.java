package dev.freshet.bus.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;

/**
 * A stream that can wait for input without a read by its caller. If a read times out while a client library reads an answer, it
 * is left in the middle of the answer, and the connection is of no use. Used by one thread.
 */
final class ReadAhead extends FilterInputStream {

    private static final int BUFFER_BYTES = 4_096;

    private final byte[] bytes = new byte[BUFFER_BYTES];
    private int from;
    private int to;

    ReadAhead(InputStream in) {
        super(in);
    }

    /** Waits until there is input or its end; returns false if the wait timed out. */
    boolean await() throws IOException {
        if (from == to) {
            try {
                from = 0;
                to = Math.max(0, in.read(bytes, 0, BUFFER_BYTES));
            } catch (SocketTimeoutException e) {
                to = 0;
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
            return in.read(into, offset, length);
        }
        int count = Math.min(length, to - from);
        System.arraycopy(bytes, from, into, offset, count);
        from += count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return to - from + in.available();
    }
}

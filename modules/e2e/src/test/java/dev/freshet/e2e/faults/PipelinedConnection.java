package dev.freshet.e2e.faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One kept-alive connection to a subscriber. Requests are collected and sent together; their answers are read in order. It
 * knows only the HTTP that this needs, so that the reader takes less CPU than the subscriber. Not thread-safe.
 */
final class PipelinedConnection implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Longer than any fault here lasts, because a late answer is checked too. */
    private static final int READ_TIMEOUT_MILLIS = 15_000;

    /** The confirmed age of an answer before the first confirmation. */
    static final long NEVER = Long.MAX_VALUE;

    /** An answer of a subscriber: the body of a hit, or the lease of a miss. */
    record Answer(int status, String state, long confirmedAgeNanos, String lease, String body) {
        boolean isConfirmed() {
            return state.equals("confirmed");
        }
    }

    private final Socket socket = new Socket();
    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];
    private int read;
    private int filled;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);

    PipelinedConnection(int port) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(READ_TIMEOUT_MILLIS);
            socket.connect(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
                    CONNECT_TIMEOUT_MILLIS);
            in = socket.getInputStream();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Adds a read to the requests to send. */
    void get(String path) {
        write("GET " + path + " HTTP/1.1\r\nHost: subscriber\r\n\r\n");
    }

    /** Adds a store to the requests to send. */
    void put(String path, String lease, byte[] body) {
        write("PUT " + path + " HTTP/1.1\r\nHost: subscriber\r\nLease: " + lease + "\r\nContent-Length: " + body.length
                + "\r\n\r\n");
        out.writeBytes(body);
    }

    private void write(String head) {
        out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends all requests that were added. */
    void flush() throws IOException {
        out.writeTo(socket.getOutputStream());
        out.reset();
    }

    /** Reads the next answer. */
    Answer answer() throws IOException {
        String status = line();
        if (!status.startsWith("HTTP/1.1 ")) {
            throw new IOException("not an answer: " + status);
        }
        String state = "";
        String lease = "";
        long ageNanos = NEVER;
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            String value = header.substring(colon + 1).strip();
            switch (header.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "freshet-state" -> state = value;
                case "freshet-confirmed-age" -> ageNanos = ageNanos(value);
                case "lease" -> lease = value;
                case "content-length" -> length = Integer.parseInt(value);
                default -> {}
            }
        }
        return new Answer(Integer.parseInt(status.substring(9, 12)), state, ageNanos, lease, body(length));
    }

    /** Parses seconds with three decimals, as the subscriber always writes them. */
    private static long ageNanos(String seconds) {
        return seconds.equals("never") ? NEVER : Long.parseLong(seconds.replace(".", "")) * NANOS_PER_MILLI;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int next = next(); next != '\n'; next = next()) {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private String body(int length) throws IOException {
        byte[] body = new byte[length];
        for (int i = 0; i < length; i++) {
            body[i] = next();
        }
        return new String(body, StandardCharsets.UTF_8);
    }

    private byte next() throws IOException {
        if (read == filled) {
            filled = in.read(buffer);
            read = 0;
            if (filled <= 0) {
                filled = 0;
                throw new EOFException("the subscriber closed the connection");
            }
        }
        return buffer[read++];
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

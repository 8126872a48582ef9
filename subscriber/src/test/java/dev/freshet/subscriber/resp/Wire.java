package dev.freshet.subscriber.resp;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A connection on which a test sends any bytes, and reads lines. */
final class Wire implements Closeable {

    private final Socket socket;
    private final BufferedReader lines;

    Wire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    String line() throws IOException {
        return String.valueOf(lines.readLine());
    }

    List<String> lines(int count) throws IOException {
        List<String> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            read.add(line());
        }
        return read;
    }

    void skipTo(String line) throws IOException {
        for (String next = line(); !next.equals(line); next = line()) {
            if (next.equals("null")) {
                throw new IOException("closed before " + line);
            }
        }
    }

    /** Sends nothing more, and still reads. */
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    boolean isAtEnd() throws IOException {
        return lines.readLine() == null;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.freshet.bus;

import dev.freshet.testkit.RedisServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One connection of a test to a server, for commands whose answers are single lines of any length. */
final class RedisSession implements AutoCloseable {

    private final Socket socket;
    private final BufferedReader lines;

    RedisSession(RedisServer server) {
        try {
            socket = new Socket(server.host(), server.port());
            socket.setSoTimeout(30_000);
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command whose words have no spaces and quotes. Throws what the server refuses it with. */
    void call(String... words) {
        try {
            socket.getOutputStream().write((String.join(" ", words) + "\r\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String line = next();
        if (line.startsWith("-")) {
            throw new IllegalStateException(line);
        }
    }

    /** Waits for the next line. */
    String next() {
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new IllegalStateException("the server has closed the connection");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

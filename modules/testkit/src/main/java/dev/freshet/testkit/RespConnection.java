package dev.freshet.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A minimal connection to Redis, so that the testkit adds no client library to its users' tests. Confined to one thread.
 */
final class RespConnection implements Closeable {

    private final Socket socket;
    private final InputStream in;

    private RespConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RespConnection open(String host, int port, Duration timeout) throws IOException {
        int timeoutMillis = Math.toIntExact(timeout.toMillis());
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            return new RespConnection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Runs one command, and returns its reply as text.
     *
     * @throws IllegalStateException if Redis answers with an error; its text is the message
     */
    String call(String... command) throws IOException {
        return text(reply(Arrays.stream(command)
                .map(part -> part.getBytes(StandardCharsets.UTF_8))
                .toList()));
    }

    /**
     * Runs one command, and returns its reply: a byte array, a {@code Long}, a {@code List} of replies, null, or a status as a
     * {@code String}.
     *
     * @throws IllegalStateException if Redis answers with an error, or with a list that contains one; its text is the message
     */
    @Nullable
    Object reply(List<byte[]> command) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(ascii("*" + command.size() + "\r\n"));
        for (byte[] part : command) {
            request.writeBytes(ascii("$" + part.length + "\r\n"));
            request.writeBytes(part);
            request.writeBytes(ascii("\r\n"));
        }
        request.writeTo(socket.getOutputStream());
        return readReply();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(@Nullable Object reply) {
        if (reply instanceof List<?> list) {
            return list.stream().map(RespConnection::text).collect(Collectors.joining("\n"));
        }
        return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : Objects.toString(reply, "");
    }

    private @Nullable Object readReply() throws IOException {
        String line = readLine();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case ':' -> Long.valueOf(rest);
            case '-' -> throw new IllegalStateException(rest);
            case '$' -> readBulk(Integer.parseInt(rest));
            case '*' -> readArray(Integer.parseInt(rest));
            default -> throw new IOException("Not a Redis server: it answered \"" + line + "\"");
        };
    }

    private byte @Nullable [] readBulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length + 2);
        if (bytes.length < length + 2) {
            throw new EOFException("Connection lost within a reply");
        }
        return Arrays.copyOf(bytes, length);
    }

    private @Nullable List<@Nullable Object> readArray(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        List<@Nullable Object> elements = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            elements.add(readReply());
        }
        return elements;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("Connection lost");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        if (line.length() == 0) {
            throw new IOException("Not a Redis server: it answered with an empty line");
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.freshet.subscriber;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sends HTTP/1.1 over a plain socket, so that the path arrives exactly as the test wrote it. Each request has a connection. */
public final class RawHttp {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final int port;
    private final Observer observer;

    /** Is told of each answer to a request whose parts are known. */
    public interface Observer {
        void answered(String method, String path, Answer answer);
    }

    public RawHttp(int port) {
        this(port, (method, path, answer) -> {});
    }

    public RawHttp(int port, Observer observer) {
        this.port = port;
        this.observer = observer;
    }

    /**
     * An answer.
     *
     * @param headers by name in any case; the last of several
     * @param latin1 the body, one char a byte
     */
    public record Answer(int status, Map<String, String> headers, String latin1) {

        public byte[] body() {
            return latin1.getBytes(StandardCharsets.ISO_8859_1);
        }

        public @Nullable String header(String name) {
            return headers.get(name);
        }

        /** Returns a header, which must be present. */
        public String required(String name) {
            String value = headers.get(name);
            if (value == null) {
                throw new AssertionError("no header " + name + " in " + this);
            }
            return value;
        }

        public String text() {
            return new String(body(), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return status + " " + headers + " " + text();
        }
    }

    public Answer get(String path, String... headers) {
        return send("GET", path, new byte[0], headers);
    }

    public Answer head(String path, String... headers) {
        return send("HEAD", path, new byte[0], headers);
    }

    public Answer delete(String path, String... headers) {
        return send("DELETE", path, new byte[0], headers);
    }

    public Answer put(String path, String body, String... headers) {
        return send("PUT", path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** Sends a request with its true {@code Content-Length}. */
    public Answer send(String method, String path, byte[] body, String... namesAndValues) {
        StringBuilder head =
                new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            head.append(namesAndValues[i])
                    .append(": ")
                    .append(namesAndValues[i + 1])
                    .append("\r\n");
        }
        if (body.length > 0 || method.equals("PUT")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        byte[] headBytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] request = new byte[headBytes.length + body.length];
        System.arraycopy(headBytes, 0, request, 0, headBytes.length);
        System.arraycopy(body, 0, request, headBytes.length, body.length);
        Answer answer = exchange(request);
        observer.answered(method, path, answer);
        return answer;
    }

    /** Sends bytes, then reads until the server closes. */
    public Answer exchange(byte[] request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return parse(readAll(socket.getInputStream()));
        } catch (IOException e) {
            throw new AssertionError("port " + port + " did not answer", e);
        }
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        in.transferTo(bytes);
        return bytes.toByteArray();
    }

    private static Answer parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0) {
            throw new AssertionError("not an HTTP answer: " + text);
        }
        String[] lines = text.substring(0, headEnd).split("\r\n", -1);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; i < lines.length; i++) {
            String[] parts = lines[i].split(":", 2);
            headers.put(parts[0], parts[1].strip());
        }
        int status = Integer.parseInt(lines[0].substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3));
        return new Answer(status, headers, text.substring(headEnd + 4));
    }
}

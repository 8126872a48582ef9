package dev.freshet.e2e.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A request whose body has not arrived: the application has its head, and waits for the rest. */
final class HalfSent implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader in;
    private final String body;

    private HalfSent(Socket socket, String body) throws IOException {
        this.socket = socket;
        this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        this.body = body;
    }

    /**
     * Sends the head, and returns when the application has asked for the body.
     *
     * @param headers lines that each end with a line end
     */
    static HalfSent begin(String method, URI address, String headers, String body) throws IOException {
        Socket socket = new Socket(address.getHost(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        HalfSent request = new HalfSent(socket, body);
        String head = method + " " + address.getRawPath() + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                + headers + "Content-Length: " + body.length() + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        assertThat(request.in.readLine()).isEqualTo("HTTP/1.1 100 Continue");
        assertThat(request.in.readLine()).isEmpty();
        return request;
    }

    /** Sends the body. Returns the status. */
    int finish() throws IOException {
        socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
        return Integer.parseInt(in.readLine().substring(9, 12));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.freshet.service.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A connection that sends whatever bytes a test writes. Texts are sent and returned one byte a char. Not thread-safe. */
public final class RawConnection implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /**
     * An answer.
     *
     * @param status 0: the connection was closed before an answer
     * @param headers by name in any case; the last of several
     */
    public record Answer(int status, Map<String, String> headers, String body) {

        static final Answer NONE = new Answer(0, Map.of(), "");

        /** Returns a header's value, or an empty text. */
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** Connects on loopback. */
    public static RawConnection to(int port) {
        return to(port, TIMEOUT_MILLIS);
    }

    /**
     * Connects on loopback.
     *
     * @param timeoutMillis how long a read may take; then it fails
     */
    public static RawConnection to(int port, int timeoutMillis) {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            return new RawConnection(socket);
        } catch (IOException e) {
            throw new AssertionError("port " + port + " takes no connection", e);
        }
    }

    /**
     * Connects on loopback, and begins to speak TLS with the first byte that is sent or read.
     *
     * @param tls whom to trust, and which certificate to show
     */
    public static RawConnection tls(int port, int timeoutMillis, SSLContext tls) {
        try {
            Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
            plain.setSoTimeout(timeoutMillis);
            plain.setTcpNoDelay(true);
            return new RawConnection(tls.getSocketFactory().createSocket(plain, "localhost", port, true));
        } catch (IOException e) {
            throw new AssertionError("port " + port + " takes no connection", e);
        }
    }

    /** Returns the certificate that the server shows; null if TLS is not agreed on. */
    public @Nullable X509Certificate serverCertificate() {
        try {
            return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException refused) {
            return null;
        }
    }

    /** Sends a text. If the server has closed the connection, nothing happens: the next read tells. */
    public RawConnection send(String text) {
        return send(text.getBytes(ISO_8859_1));
    }

    /** Sends bytes. If the server has closed the connection, nothing happens: the next read tells. */
    public RawConnection send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException closedByServer) {
            // The next read tells.
        }
        return this;
    }

    /** Says that nothing more is sent. */
    public RawConnection endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException closedByServer) {
            // The next read tells.
        }
        return this;
    }

    /** Reads one answer; interim answers (1xx) are skipped. The request must not have been a HEAD. */
    public Answer read() {
        while (true) {
            Answer answer = readAny();
            if (answer.status() == 0 || answer.status() >= 200) {
                return answer;
            }
        }
    }

    /** Reads until the server closes the connection, and returns all that was sent. */
    public String readAll() {
        StringBuilder all = new StringBuilder();
        for (int next = nextByte(); next >= 0; next = nextByte()) {
            all.append((char) next);
        }
        return all.toString();
    }

    /** Waits until the server closes the connection, and drops what it sends before. */
    public void awaitClose() {
        String rest = readAll();
        assert rest != null;
    }

    private Answer readAny() {
        String statusLine = line();
        if (!statusLine.startsWith("HTTP/1.")) {
            return Answer.NONE;
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] parts = line.split(":", 2);
            headers.put(parts[0], parts[1].strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < length; i++) {
            body.append((char) nextByte());
        }
        return new Answer(status, headers, body.toString());
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int next = nextByte(); next >= 0 && next != '\n'; next = nextByte()) {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Returns -1 at the end, also if the server reset the connection. Fails if no byte comes in time. */
    private int nextByte() {
        try {
            return in.read();
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server neither answers nor closes the connection", e);
        } catch (IOException reset) {
            return -1;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError("a socket cannot be closed", e);
        }
    }
}

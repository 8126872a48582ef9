package dev.freshet.benchmarks.resp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection that does as little as possible: it sends bytes that were made before, and counts the bytes that come back. */
final class RawRedis implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] answers = new byte[64 * 1024];

    RawRedis(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Returns a command's bytes, repeated. */
    static byte[] command(int times, String... arguments) {
        StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            text.append('$')
                    .append(argument.length())
                    .append("\r\n")
                    .append(argument)
                    .append("\r\n");
        }
        return text.toString().repeat(times).getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends commands whose answers have so many bytes in all, and waits for these. */
    void run(byte[] commands, int answerBytes) throws IOException {
        out.write(commands);
        for (int left = answerBytes; left > 0; ) {
            int count = in.read(answers, 0, Math.min(left, answers.length));
            if (count < 0) {
                throw new EOFException("the server closed the connection");
            }
            left -= count;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.freshet.testkit;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A TCP server on loopback with a behaviour that a test can change at any time. For example it answers nonsense instead of Redis's
 * protocol, claims an old version, or forwards to a real server. The port never changes. Thread-safe.
 */
public final class ScriptedServer implements AutoCloseable {

    /** The behaviour on one connection. The connection closes when {@link #serve} returns or throws. */
    @FunctionalInterface
    public interface Behaviour {
        /** Serves one connection on its own thread. */
        void serve(InputStream in, OutputStream out) throws IOException;
    }

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile Behaviour behaviour;

    private ScriptedServer(ServerSocket listener, Behaviour behaviour) {
        this.listener = listener;
        this.behaviour = behaviour;
    }

    /** Starts a server on a free port. */
    public static ScriptedServer start(Behaviour behaviour) {
        try {
            ScriptedServer server =
                    new ScriptedServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), behaviour);
            daemon("freshet-scripted-accept", server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a behaviour that answers each chunk of input with these bytes. */
    public static Behaviour answering(byte[] bytes) {
        byte[] answer = bytes.clone();
        return (in, out) -> {
            byte[] chunk = new byte[8192];
            while (in.read(chunk) >= 0) {
                out.write(answer);
                out.flush();
            }
        };
    }

    /** Returns a behaviour that sends these bytes repeatedly, as fast as the client reads. */
    public static Behaviour flooding(byte[] bytes) {
        byte[] flood = bytes.clone();
        return (in, out) -> {
            while (true) {
                out.write(flood);
            }
        };
    }

    /** Returns a behaviour that reads everything and answers nothing. */
    public static Behaviour silence() {
        return (in, out) -> in.transferTo(OutputStream.nullOutputStream());
    }

    /** Returns a behaviour that forwards to a server on loopback, in both directions. */
    public static Behaviour forwardingTo(int port) {
        return (in, out) -> {
            try (Socket target = new Socket(InetAddress.getLoopbackAddress(), port)) {
                daemon("freshet-scripted-forward", () -> {
                    try (target) {
                        in.transferTo(target.getOutputStream());
                    } catch (IOException ignored) {
                        // Either side closed the connection.
                    }
                });
                InputStream answers = target.getInputStream();
                byte[] chunk = new byte[8192];
                for (int count = answers.read(chunk); count >= 0; count = answers.read(chunk)) {
                    out.write(chunk, 0, count);
                    out.flush();
                }
            }
        };
    }

    /**
     * Returns a behaviour that reads commands as Redis does and answers each with the function's result.
     *
     * @param replies takes a command with its arguments; returns a reply in the Redis protocol, with line ends
     */
    public static Behaviour redis(Function<List<String>, String> replies) {
        return (in, out) -> {
            BufferedInputStream commands = new BufferedInputStream(in);
            while (true) {
                out.write(replies.apply(readCommand(commands)).getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        };
    }

    /** Returns the text as a bulk string of the Redis protocol. */
    public static String bulk(String text) {
        return "$" + text.getBytes(StandardCharsets.UTF_8).length + "\r\n" + text + "\r\n";
    }

    private static List<String> readCommand(InputStream in) throws IOException {
        int parts = Integer.parseInt(readLine(in).substring(1));
        List<String> command = new ArrayList<>(parts);
        for (int i = 0; i < parts; i++) {
            int length = Integer.parseInt(readLine(in).substring(1));
            command.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            in.skipNBytes(2);
        }
        return command;
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("The client closed the connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Changes the behaviour, and closes the open connections. */
    public void behave(Behaviour next) {
        behaviour = next;
        open.forEach(ScriptedServer::close);
    }

    /** Returns {@code redis://127.0.0.1:port}. */
    public String uri() {
        return "redis://127.0.0.1:" + port();
    }

    /** Returns the port. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Returns the number of connections accepted so far. */
    public int accepted() {
        return accepted.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                accepted.incrementAndGet();
                open.add(socket);
                daemon("freshet-scripted-serve", () -> serve(socket));
            } catch (IOException e) {
                // The listener was closed.
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            behaviour.serve(socket.getInputStream(), socket.getOutputStream());
        } catch (IOException | RuntimeException ignored) {
            // The client closed the connection, or the behaviour changed.
        } finally {
            open.remove(socket);
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // The socket is not used any more.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(ScriptedServer::close);
    }
}

package dev.freshet.demo.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A way to Redis that can be cut: a port of the loopback interface that passes all bytes on. While it is cut, it closes all
 * connections and accepts none. Safe to use from any thread.
 */
public final class Cut implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Cut.class);
    private static final int CONNECT_MILLIS = 1_000;
    private static final int BUFFER_BYTES = 16_384;

    private final ServerSocket server;
    private final InetSocketAddress redis;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isCut;

    private Cut(ServerSocket server, InetSocketAddress redis) {
        this.server = server;
        this.redis = redis;
    }

    /** Opens a way to a Redis, on any free port. */
    static Cut to(String host, int port) throws IOException {
        Cut cut = new Cut(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), new InetSocketAddress(host, port));
        start(cut::accept);
        return cut;
    }

    int port() {
        return server.getLocalPort();
    }

    /** Closes all connections and refuses new ones. */
    public void cut() {
        isCut = true;
        open.forEach(Cut::closeQuietly);
    }

    /** Lets connections through again. */
    public void heal() {
        isCut = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                start(() -> connect(client));
            } catch (IOException e) {
                log.debug("no longer accepts", e);
            }
        }
    }

    private void connect(Socket client) {
        try (client;
                Socket upstream = new Socket()) {
            open.add(client);
            if (isCut) {
                return;
            }
            upstream.connect(redis, CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            start(() -> {
                pass(upstream, client);
                closeQuietly(client);
            });
            pass(client, upstream);
        } catch (IOException e) {
            log.debug("a connection ended", e);
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int bytes = in.read(buffer); bytes >= 0 && !isCut; bytes = in.read(buffer)) {
                out.write(buffer, 0, bytes);
            }
        } catch (IOException e) {
            log.debug("a connection ended", e);
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "cut");
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("cannot close a connection", e);
        }
    }

    @Override
    public void close() {
        cut();
        try {
            server.close();
        } catch (IOException e) {
            log.debug("cannot close a port", e);
        }
    }
}

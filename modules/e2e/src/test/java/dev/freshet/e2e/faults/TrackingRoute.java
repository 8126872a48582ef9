package dev.freshet.e2e.faults;

import dev.freshet.testkit.FaultProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An address of Redis that passes the tracking connection of a sidecar through one proxy, and all others through another. */
final class TrackingRoute implements AutoCloseable {

    /** What the tracking connection calls itself, in its first bytes. */
    private static final String NAME = "freshet-resp";

    private final ServerSocket listener;
    private final FaultProxy tracking;
    private final FaultProxy others;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    TrackingRoute(FaultProxy tracking, FaultProxy others) {
        this.tracking = tracking;
        this.others = others;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    String redisUri() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One of the two sides ended the connection.
                    }
                },
                "tracking-route");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            sockets.add(client);
            start(() -> route(client));
        }
    }

    private void route(Socket client) throws IOException {
        try (client) {
            client.setTcpNoDelay(true);
            byte[] bytes = new byte[65_536];
            int first = client.getInputStream().read(bytes);
            if (first < 0) {
                return;
            }
            FaultProxy proxy =
                    new String(bytes, 0, first, StandardCharsets.ISO_8859_1).contains(NAME) ? tracking : others;
            try (Socket server = new Socket(proxy.host(), proxy.port())) {
                sockets.add(server);
                server.setTcpNoDelay(true);
                start(() -> {
                    try (client;
                            server) {
                        pump(server, client, new byte[65_536]);
                    }
                });
                server.getOutputStream().write(bytes, 0, first);
                pump(client, server, bytes);
            }
        }
    }

    private static void pump(Socket from, Socket to, byte[] bytes) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
            out.write(bytes, 0, count);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

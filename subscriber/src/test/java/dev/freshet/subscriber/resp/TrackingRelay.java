package dev.freshet.subscriber.resp;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a sidecar and Redis. It can hold back what is said on the tracking connection, and on no other. */
final class TrackingRelay implements Closeable {

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final int redisPort;
    private boolean holdsAnswers;
    private boolean holdsDeadlines;
    private boolean isHolding;

    TrackingRelay(int redisPort) throws IOException {
        this.redisPort = redisPort;
        start(this::accept);
    }

    String uri() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    /** From now on, the sidecar hears nothing of changes. */
    synchronized void holdAnswers() {
        holdsAnswers = true;
    }

    /** From now on, of a fetch {@code user:1} only the question for the value reaches Redis, not the one for its deadline. */
    synchronized void holdDeadlines() {
        holdsDeadlines = true;
    }

    /** Returns whether something was held back. */
    synchronized boolean isHolding() {
        return isHolding;
    }

    synchronized void release() {
        holdsAnswers = false;
        holdsDeadlines = false;
        isHolding = false;
        notifyAll();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket redis = new Socket(InetAddress.getLoopbackAddress(), redisPort);
            client.setTcpNoDelay(true);
            redis.setTcpNoDelay(true);
            sockets.addAll(List.of(client, redis));
            Pair pair = new Pair(client, redis);
            start(pair::toRedis);
            start(pair::toClient);
        }
    }

    private synchronized void awaitAnswers() throws InterruptedException {
        while (holdsAnswers) {
            isHolding = true;
            wait();
        }
    }

    private synchronized void awaitDeadlines() throws InterruptedException {
        while (holdsDeadlines) {
            isHolding = true;
            wait();
        }
    }

    @Override
    public void close() throws IOException {
        release();
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One of the two closed the connection.
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "tracking-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Pair {
        private final Socket client;
        private final Socket redis;
        private volatile boolean isTracking;

        Pair(Socket client, Socket redis) {
            this.client = client;
            this.redis = redis;
        }

        void toRedis() throws IOException, InterruptedException {
            try (redis) {
                InputStream in = client.getInputStream();
                OutputStream out = redis.getOutputStream();
                byte[] bytes = new byte[65_536];
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    String text = new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
                    isTracking |= text.contains("freshet-resp");
                    int deadline = isTracking ? text.indexOf("*2\r\n$4\r\nPTTL\r\n$6\r\nuser:1") : -1;
                    int first = deadline < 0 ? count : deadline;
                    out.write(bytes, 0, first);
                    if (first < count) {
                        awaitDeadlines();
                        out.write(bytes, first, count - first);
                    }
                }
            }
        }

        void toClient() throws IOException, InterruptedException {
            try (client) {
                InputStream in = redis.getInputStream();
                OutputStream out = client.getOutputStream();
                byte[] bytes = new byte[65_536];
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    if (isTracking) {
                        awaitAnswers();
                    }
                    out.write(bytes, 0, count);
                }
            }
        }
    }
}

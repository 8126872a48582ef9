package dev.freshet.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A client's connection through the proxy: two sockets and one pipe for each direction. */
final class ProxiedConnection {

    private final Socket client;
    private final Socket server;
    private final FaultyPipe toServer;
    private final FaultyPipe toClient;
    private final Consumer<ProxiedConnection> onClosed;
    private final AtomicInteger openPipes = new AtomicInteger(2);

    /** The thread that sets this decides how the connection ends. Later failures of its pipes have no effect. */
    private final AtomicBoolean ended = new AtomicBoolean();

    ProxiedConnection(
            Socket client,
            Socket server,
            Faults faultsToServer,
            Faults faultsToClient,
            Consumer<ProxiedConnection> onClosed,
            String name)
            throws IOException {
        this.client = client;
        this.server = server;
        this.onClosed = onClosed;
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        this.toServer = new FaultyPipe(client, server, faultsToServer, this::pipeEnded, this::reset, name + "-up");
        this.toClient = new FaultyPipe(server, client, faultsToClient, this::pipeEnded, this::reset, name + "-down");
    }

    void start() {
        toServer.start();
        toClient.start();
    }

    void close() {
        if (ended.compareAndSet(false, true)) {
            release();
        }
    }

    /** Ends both connections with RST instead of FIN. Undelivered bytes are lost. */
    void reset() {
        if (ended.compareAndSet(false, true)) {
            lingerNot(client);
            lingerNot(server);
            release();
        }
    }

    private void release() {
        closeQuietly(client);
        closeQuietly(server);
        toServer.stop();
        toClient.stop();
        onClosed.accept(this);
    }

    void resetIfBytesWereLost() {
        if (toServer.lostBytes() || toClient.lostBytes()) {
            reset();
        }
    }

    private void pipeEnded() {
        if (openPipes.decrementAndGet() == 0) {
            close();
        }
    }

    private static void lingerNot(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            // The socket is already closed.
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // The socket is not used any more.
        }
    }
}

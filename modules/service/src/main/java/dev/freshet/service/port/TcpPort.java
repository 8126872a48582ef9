package dev.freshet.service.port;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A port that speaks another protocol than HTTP: one listener on each event loop, all at the same port. At its maximum of connections,
 * it refuses new ones. Safe to use from any thread.
 */
public final class TcpPort {

    static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

    /** What is spoken at a port. One for each event loop. */
    public interface Protocol {

        /**
         * Takes a connection. Called on the event loop. The port closes the connection when it stops.
         *
         * @param closed to be called once the connection has closed
         */
        void connected(NetSocket socket, Runnable closed);

        /** Returns what a client is told that comes when there are too many. */
        Buffer tooMany();

        /** Returns what a client is told that does not speak TLS where it must. */
        String plainText();
    }

    private final Vertx vertx;
    private final TcpPortSettings settings;
    private final int maximumConnections;
    private final @Nullable PortTls tls;
    private final Supplier<Protocol> protocols;
    private final SocketAddress address;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failedHandshakes = new AtomicLong();
    private volatile int port;
    private volatile @Nullable String deployment;

    private TcpPort(
            Vertx vertx,
            TcpPortSettings settings,
            int maximumConnections,
            @Nullable PortTls tls,
            Supplier<Protocol> protocols) {
        this.vertx = vertx;
        this.settings = settings;
        this.maximumConnections = maximumConnections;
        this.tls = tls;
        this.protocols = protocols;
        this.address = settings.port() == 0
                ? SocketAddress.sharedRandomPort(2, settings.host()) // the same one for all listeners
                : SocketAddress.inetSocketAddress(settings.port(), settings.host());
    }

    static Future<TcpPort> listen(
            Vertx vertx,
            String section,
            TcpPortSettings settings,
            int maximumConnections,
            @Nullable PortTls tls,
            Supplier<Protocol> protocols) {
        TcpPort port = new TcpPort(vertx, settings, maximumConnections, tls, protocols);
        DeploymentOptions onEachEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(() -> port.new Listener(), onEachEventLoop)
                .map(deployment -> {
                    port.deployment = deployment;
                    return port;
                })
                .recover(fault -> port.stop()
                        .transform(stopped ->
                                Future.failedFuture(DataPort.cannotListen(settings.port(), section + ".port", fault))));
    }

    /** Returns the port's number. */
    public int number() {
        return port;
    }

    /** Returns how many connections are open. */
    public int connections() {
        return open.get();
    }

    /** Returns how many connections were refused, because there were too many. */
    public long refused() {
        return refused.get();
    }

    /** Returns how many clients did not agree on TLS. */
    public long failedHandshakes() {
        return failedHandshakes.get();
    }

    /** Stops listening, and closes all connections. */
    public Future<Void> stop() {
        String id = deployment;
        return id == null ? Future.succeededFuture() : vertx.undeploy(id);
    }

    private final class Listener extends VerticleBase {

        private final Protocol protocol = protocols.get();
        private final Set<NetSocket> mine = ConcurrentHashMap.newKeySet();
        private @Nullable NetServer server;

        @Override
        public Future<?> start() {
            NetServer created = vertx.createNetServer(new NetServerOptions()
                            .setHost(settings.host())
                            .setPort(settings.port())
                            .setTcpKeepAlive(true)
                            .setTcpNoDelay(true))
                    .connectHandler(this::connected);
            server = created;
            return created.listen(address).onSuccess(listening -> port = listening.actualPort());
        }

        private void connected(NetSocket socket) {
            if (open.incrementAndGet() > maximumConnections) {
                open.decrementAndGet();
                refused.incrementAndGet();
                socket.write(protocol.tooMany());
                GracefulClose.close(socket);
                return;
            }
            mine.add(socket);
            PortTls encrypting = tls;
            if (encrypting != null && socket instanceof NetSocketInternal internal) {
                ChannelPipeline pipeline = internal.channelHandlerContext().pipeline();
                encrypting.secure(pipeline, protocol.plainText(), failedHandshakes::incrementAndGet);
            }
            protocol.connected(socket, () -> {
                if (mine.remove(socket)) {
                    open.decrementAndGet();
                }
            });
        }

        @Override
        public Future<?> stop() {
            mine.forEach(NetSocket::close);
            return server == null ? Future.succeededFuture() : server.close();
        }
    }
}

package dev.freshet.resp.upstream;

import dev.freshet.bus.direct.Master;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Opens connections to the master. Safe to use from any thread; never blocks. */
public final class Upstream {

    /** Checks the name in a server's certificate as for HTTPS. */
    private static final String CHECK_OF_NAMES = "HTTPS";

    /**
     * A connection to the master. No byte has been sent or read.
     *
     * @param socket belongs to the event loop that asked for it, and is paused
     */
    public record Connected(NetSocket socket, Master master) {}

    private final Vertx vertx;
    private final CurrentMaster masters;
    private final NetClient client;
    private final Duration timeout;

    /** @param timeout for one attempt to connect, and again for TLS */
    public Upstream(Vertx vertx, CurrentMaster masters, Duration timeout) {
        this.vertx = vertx;
        this.masters = masters;
        this.timeout = timeout;
        this.client = vertx.createNetClient(new NetClientOptions()
                .setConnectTimeout(Math.toIntExact(timeout.toMillis()))
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true));
    }

    /** Connects. To be called on the event loop that is to serve the connection. Fails with an exception that says what is wrong. */
    public Future<Connected> connect() {
        Context here = vertx.getOrCreateContext();
        Promise<Connected> connected = Promise.promise();
        // Who waits for the same answer may be on another event loop.
        masters.get()
                .onComplete(found -> here.runOnContext(resumed -> {
                    if (found.succeeded()) {
                        connect(found.result()).onComplete(connected);
                    } else {
                        connected.fail(found.cause());
                    }
                }));
        return connected.future();
    }

    private Future<Connected> connect(Master master) {
        return client.connect(master.port(), master.host())
                .onFailure(fault -> masters.forget())
                .compose(socket -> {
                    socket.pause();
                    return secured(socket, master);
                })
                .map(socket -> new Connected(socket, master));
    }

    private Future<NetSocket> secured(NetSocket socket, Master master) {
        SSLContext tls = master.tls();
        if (tls == null || !(socket instanceof NetSocketInternal internal)) {
            return Future.succeededFuture(socket);
        }
        SSLEngine engine = tls.createSSLEngine(master.host(), master.port());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm(CHECK_OF_NAMES);
        engine.setSSLParameters(parameters);
        SslHandler handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(timeout.toMillis());
        Promise<NetSocket> secured = Promise.promise();
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                secured.complete(socket);
            } else {
                socket.close();
                secured.fail(done.cause());
            }
        });
        internal.channelHandlerContext().pipeline().addFirst("tls", handler);
        return secured.future();
    }

    /** Forgets which server was the master. */
    public void forgetMaster() {
        masters.forget();
    }

    /** Closes all connections. */
    public Future<Void> close() {
        return client.close();
    }
}

package dev.freshet.resp.server;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.direct.MasterFinder;
import dev.freshet.resp.client.ClientConnection;
import dev.freshet.resp.client.PortContext;
import dev.freshet.resp.client.PortStats;
import dev.freshet.resp.commands.Classifier;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.tracking.Tracker;
import dev.freshet.resp.tracking.Tracking;
import dev.freshet.resp.upstream.CurrentMaster;
import dev.freshet.resp.upstream.Upstream;
import dev.freshet.schema.Selector;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.port.TcpPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The RESP port of a subscriber. Clients of Redis connect to it as to Redis: reads of keys that have a copy are answered here, everything
 * else is passed on. Safe to use from any thread.
 */
public final class RespServer {

    /** About what a command without an answer takes. */
    private static final long BYTES_A_COMMAND = 128;

    private static final long SHARE_OF_HEAP = 8;

    private final TcpPort port;
    private final Tracking tracking;
    private final Upstream upstream;
    private final LogInvalidations invalidations;
    private final Vertx vertx;
    private final String tracker;

    private RespServer(
            TcpPort port,
            Tracking tracking,
            Upstream upstream,
            LogInvalidations invalidations,
            Vertx vertx,
            String tracker) {
        this.invalidations = invalidations;
        this.port = port;
        this.tracking = tracking;
        this.upstream = upstream;
        this.vertx = vertx;
        this.tracker = tracker;
    }

    /**
     * Starts to listen. Redis may be unavailable.
     *
     * @param regions the copies of each region that a rule names
     * @param evictHere evicts in this process' region of that name; does nothing if there is none
     * @return fails if the port cannot be used
     */
    public static Future<RespServer> start(
            RespConfig config,
            Map<String, Copies<?>> regions,
            BiConsumer<String, Selector> evictHere,
            ServiceContext service,
            TimeSource time) {
        MasterFinder finder = MasterFinder.of(config.redis(), "resp");
        KeyMap keys = new KeyMap(finder.namespace(), config.rules(), regions);
        Tracking tracking = new Tracking(keys, time, config.touchInterval().isPresent());
        CurrentMaster masters = new CurrentMaster(service.vertx(), finder, time);
        Upstream upstream =
                new Upstream(service.vertx(), masters, config.redis().connectTimeout());
        RespMeters meters = new RespMeters(service.metrics());
        PortStats stats = meters.stats();
        LogInvalidations invalidations = new LogInvalidations(service.vertx(), config.redis(), evictHere);
        PortContext context = new PortContext(
                upstream,
                tracking,
                keys,
                new Classifier(config.allowsAdministration()),
                invalidations,
                stats,
                finder.namespace().database(),
                Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / BYTES_A_COMMAND);
        Tracker tracker = new Tracker(
                upstream,
                tracking,
                keys,
                finder.namespace(),
                time,
                new Tracker.Rhythm(config.heartbeat(), config.redis().commandTimeout(), config.touchInterval()));
        return service.vertx()
                .deployVerticle(tracker)
                .compose(id -> service.ports()
                        .listen("resp", config.port(), () -> new Protocol(service.vertx(), context))
                        .map(port -> new RespServer(port, tracking, upstream, invalidations, service.vertx(), id))
                        .onFailure(fault -> service.vertx().undeploy(id)))
                .onSuccess(server -> meters.watch(server.port, tracking, keys));
    }

    /** What is spoken on one event loop. */
    private static final class Protocol implements TcpPort.Protocol {

        private final Vertx vertx;
        private final PortContext context;

        Protocol(Vertx vertx, PortContext context) {
            this.vertx = vertx;
            this.context = context;
        }

        @Override
        public void connected(NetSocket socket, Runnable closed) {
            new ClientConnection(context, vertx.getOrCreateContext(), socket, closed).start();
        }

        @Override
        public Buffer tooMany() {
            return Buffer.buffer("-ERR max number of clients reached\r\n");
        }

        @Override
        public String plainText() {
            return "-ERR this port speaks TLS only\r\n";
        }
    }

    /** Returns the port's number. */
    public int port() {
        return port.number();
    }

    /** Returns why copies are not used at the moment, in a sentence; null: they are. Never blocks. */
    public @Nullable String fault() {
        String fault = tracking.fault();
        return fault == null
                ? null
                : "the RESP port passes all commands on to Redis, because it does not hear its changes: "
                        + Objects.requireNonNull(fault);
    }

    /** Stops listening, closes all connections. */
    public Future<Void> stop() {
        return port.stop()
                .eventually(() -> vertx.undeploy(tracker))
                .eventually(upstream::close)
                .eventually(invalidations::close);
    }
}

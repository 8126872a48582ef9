package dev.freshet.service.port;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ports of a process: each is guarded against clients that are hostile, broken or slow. Safe to use from any thread. */
public final class Ports {

    private static final Logger log = LoggerFactory.getLogger(Ports.class);

    private final Vertx vertx;
    private final MeterRegistry metrics;
    private final Descriptors descriptors;
    private final FileWatch files;
    private volatile boolean isDraining;
    private volatile @Nullable PortConnections data;

    /**
     * @param metrics where the ports count the connections that they close
     */
    public Ports(Vertx vertx, MeterRegistry metrics) {
        this(vertx, metrics, FileWatch.INTERVAL_MILLIS);
    }

    /** @param watchMillis between two looks whether files have changed */
    Ports(Vertx vertx, MeterRegistry metrics, long watchMillis) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.descriptors = Descriptors.ofThisProcess();
        this.files = new FileWatch(vertx, metrics, watchMillis);
    }

    /**
     * Opens the data port.
     *
     * @param handlers makes the handler of one event loop; called once on each
     * @return fails with an {@link IllegalStateException} that says what to do if the port cannot be used
     */
    public Future<DataPort> listen(PortSettings settings, Supplier<Handler<HttpServerRequest>> handlers) {
        PortConnections connections =
                new PortConnections("data", descriptors.dataConnections(settings.maximumConnections()), metrics);
        data = connections;
        log.info(
                "at most {} connections at the data port; the heap has {} MiB",
                descriptors.dataConnections(settings.maximumConnections()),
                Runtime.getRuntime().maxMemory() >> 20);
        return listen("http", settings, connections, handlers);
    }

    /**
     * Opens a further port that speaks HTTP.
     *
     * @param section the section of its settings, as in {@code console}, which metrics name it by
     * @param handlers makes the handler of one event loop; called once on each
     * @return fails with an {@link IllegalStateException} that says what to do if the port cannot be used
     */
    public Future<DataPort> listen(
            String section, PortSettings settings, Supplier<Handler<HttpServerRequest>> handlers) {
        return listen(
                section,
                settings,
                new PortConnections(section, descriptors.managementConnections(settings.maximumConnections()), metrics),
                handlers);
    }

    private Future<DataPort> listen(
            String section,
            PortSettings settings,
            PortConnections connections,
            Supplier<Handler<HttpServerRequest>> handlers) {
        if (settings.tls() == null) {
            return DataPort.listen(vertx, section, settings, connections, () -> isDraining, null, handlers);
        }
        Callable<@Nullable PortTls> readTls = () -> tls(section, settings);
        return vertx.executeBlocking(readTls, false)
                .compose(
                        tls -> DataPort.listen(vertx, section, settings, connections, () -> isDraining, tls, handlers));
    }

    /**
     * Opens a port that speaks another protocol than HTTP.
     *
     * @param section the section of its settings, as in {@code resp}
     * @param handlers makes what takes the connections of one event loop; called once on each
     * @return fails with an {@link IllegalStateException} that says what to do if the port cannot be used
     */
    public Future<TcpPort> listen(String section, TcpPortSettings settings, Supplier<TcpPort.Protocol> handlers) {
        int maximum = descriptors.proxiedConnections(settings.maximumConnections());
        log.info("at most {} connections at the port of {}", maximum, section);
        Callable<@Nullable PortTls> readTls = () -> tls(section, settings.tls(), TcpPort.HANDSHAKE_TIMEOUT);
        return vertx.executeBlocking(readTls, false)
                .compose(tls -> TcpPort.listen(vertx, section, settings, maximum, tls, handlers));
    }

    /**
     * Reads the files for the TLS of a port, and watches them. Blocks as long as the file system does.
     *
     * @param section the port's section, as in {@code http}
     * @return null if the port speaks plain HTTP
     * @throws IllegalStateException that says what is wrong with a file
     */
    @Nullable
    public PortTls tls(String section, PortSettings settings) {
        return tls(section, settings.tls(), settings.idleTimeout());
    }

    private @Nullable PortTls tls(String section, @Nullable TlsSettings settings, Duration handshakeTimeout) {
        if (settings == null) {
            return null;
        }
        PortTls tls = PortTls.read(section, settings, handshakeTimeout, Clock.systemUTC());
        files.add(tls.files());
        Gauge.builder("freshet.certificate.remaining", tls, one -> one.certificateRemaining(Instant.now()))
                .description("Which part of its life the port's certificate has left, from 1 to 0")
                .tag("setting", tls.files().setting())
                .register(metrics);
        return tls;
    }

    /**
     * Reads files, and watches them until the process ends. Blocks as long as the file system does.
     *
     * @param setting whose files they are, as in {@code http.tokens-file}
     * @param reader reads the files; throws an exception whose message says what is wrong with them, without secrets
     * @throws IllegalStateException that says what is wrong with a file
     */
    public <T> WatchedFiles<T> watch(String setting, List<Path> paths, Supplier<T> reader) {
        try {
            WatchedFiles<T> watched = new WatchedFiles<>(setting, paths, reader, read -> null);
            files.add(watched);
            return watched;
        } catch (RuntimeException e) {
            throw new IllegalStateException(setting + ": " + e.getMessage(), e);
        }
    }

    /** Returns what somebody must mend about files that the ports' settings name, in sentences, or null. Never blocks. */
    @Nullable
    public String misconfiguration() {
        return files.fault();
    }

    /** Returns how many connections the data port has. */
    public int openConnections() {
        PortConnections connections = data;
        return connections == null ? 0 : connections.count();
    }

    /** Returns how many connections the data port refused, because there were too many, all of them busy. */
    public long refusedConnections() {
        PortConnections connections = data;
        return connections == null ? 0 : connections.refused();
    }

    public PortConnections managementConnections(PortSettings settings) {
        return new PortConnections(
                "management", descriptors.managementConnections(settings.maximumConnections()), metrics);
    }

    /** From now on each answer of the data port tells its client to close the connection. */
    public void drain() {
        isDraining = true;
    }
}

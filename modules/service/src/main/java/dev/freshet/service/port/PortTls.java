package dev.freshet.service.port;

import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.bus.secret.ServerIdentity;
import dev.freshet.service.log.Secrets;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts TLS in front of a port's connections. Safe to use from any thread.
 *
 * <p>Vert.x listens as for plain HTTP, and the port's guard adds TLS to each connection that it admits. So a connection counts, and its
 * deadlines run, from its first moment on, not from the end of a handshake that may never come. A connection keeps the certificate
 * that it began with; a certificate that was replaced is shown to the next one.
 */
public final class PortTls {

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final String[] APPLICATION_PROTOCOLS = {"http/1.1"};
    private static final String[] NO_PROTOCOLS = {};

    /** A client that was accepted may resume its session for this long, without its certificate being checked again. */
    private static final int SESSION_SECONDS = 3600;

    /** Java would keep 20480 sessions, each with its client's certificates. */
    private static final int MAX_SESSIONS = 1000;

    private static final int MAX_THREADS = 2;

    private static final Duration MAX_HANDSHAKE = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(PortTls.class);

    private static final long REPORT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final WatchedFiles<ServerIdentity> identity;
    private final boolean needsClientCertificate;
    private final Duration handshakeTimeout;
    private final ExecutorService handshakes;
    private final AtomicLong nextReportNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong unreported = new AtomicLong();

    private PortTls(WatchedFiles<ServerIdentity> identity, boolean needsClientCertificate, Duration handshakeTimeout) {
        this.identity = identity;
        this.needsClientCertificate = needsClientCertificate;
        this.handshakeTimeout = handshakeTimeout.compareTo(MAX_HANDSHAKE) < 0 ? handshakeTimeout : MAX_HANDSHAKE;
        this.handshakes = handshakeThreads();
    }

    /**
     * Reads the files of a port.
     *
     * @param section the port's section, as in {@code http}
     * @throws IllegalStateException that says what is wrong with a file
     */
    static PortTls read(String section, TlsSettings settings, Duration handshakeTimeout, Clock clock) {
        String setting = section + ".tls";
        try {
            WatchedFiles<ServerIdentity> identity = new WatchedFiles<>(
                    setting, settings.files(), () -> identity(settings), read -> faultIn(read, clock.instant()));
            return new PortTls(identity, settings.clientCa() != null, handshakeTimeout);
        } catch (RuntimeException e) {
            throw new IllegalStateException(setting + ": " + e.getMessage(), e);
        }
    }

    WatchedFiles<ServerIdentity> files() {
        return identity;
    }

    /** Returns which part of its life the certificate has left: from 1 to 0. */
    double certificateRemaining(Instant now) {
        ServerIdentity shown = identity.get();
        double whole = Math.max(
                1, Duration.between(shown.validFrom(), shown.expiresAt()).toSeconds());
        return Math.max(0, Duration.between(now, shown.expiresAt()).toSeconds() / whole);
    }

    /**
     * Encrypts a connection. To be called before its first byte is read, on its event loop.
     *
     * @param refused called on the event loop if the client does not come through the handshake, though it does not go away
     */
    void secure(ChannelPipeline pipeline, Runnable refused) {
        secure(pipeline, TlsOnly.HTTP, APPLICATION_PROTOCOLS, refused);
    }

    /**
     * Encrypts a connection, as {@link #secure(ChannelPipeline, Runnable)} does, for another protocol than HTTP.
     *
     * @param plainAnswer what a client is told that sends plain text
     */
    void secure(ChannelPipeline pipeline, String plainAnswer, Runnable refused) {
        secure(pipeline, plainAnswer, NO_PROTOCOLS, refused);
    }

    private void secure(ChannelPipeline pipeline, String plainAnswer, String[] protocols, Runnable refused) {
        Consumer<Throwable> failed = why -> {
            if (why instanceof SSLException) {
                report(why);
                refused.run();
            }
        };
        SslHandler handler = new SslHandler(engine(identity.get().context(), protocols), handshakes);
        handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                failed.accept(done.cause());
            }
        });
        pipeline.addFirst("tls", handler);
        pipeline.addFirst("tlsOnly", new TlsOnly(plainAnswer, failed));
    }

    /** Logs one failure in ten seconds at most: whoever is refused tries again. */
    private void report(Throwable why) {
        long now = System.nanoTime();
        long next = nextReportNanos.get();
        if (now - next < 0 || !nextReportNanos.compareAndSet(next, now + REPORT_INTERVAL_NANOS)) {
            unreported.incrementAndGet();
            return;
        }
        long before = unreported.getAndSet(0);
        log.info(
                "{}: a client is refused: {}{}",
                identity.setting(),
                reason(why),
                before == 0 ? "" : " (and " + before + " more since the last such line)");
    }

    private static String reason(Throwable why) {
        if (why instanceof NotSslRecordException) {
            return "it does not speak TLS"; // The message quotes what it sent, which may be a token.
        }
        return why instanceof SslHandshakeTimeoutException
                ? "it did not finish the handshake in time"
                : Secrets.shown(String.valueOf(why.getMessage()));
    }

    private SSLEngine engine(SSLContext context, String[] protocols) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(needsClientCertificate);
        engine.setEnabledProtocols(PROTOCOLS);
        engine.setEnabledCipherSuites(Stream.of(engine.getEnabledCipherSuites())
                .filter(PortTls::isModern)
                .toArray(String[]::new));
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** Whether a suite has forward secrecy and authenticated encryption. */
    private static boolean isModern(String suite) {
        return suite.startsWith("TLS_AES_")
                || suite.startsWith("TLS_CHACHA20_")
                || suite.equals("TLS_EMPTY_RENEGOTIATION_INFO_SCSV")
                || (suite.startsWith("TLS_ECDHE_") && (suite.contains("_GCM_") || suite.contains("_CHACHA20_")));
    }

    private static ServerIdentity identity(TlsSettings settings) {
        ServerIdentity read = SecretFiles.serverIdentity(settings.certificate(), settings.key(), settings.clientCa());
        SSLSessionContext sessions = read.context().getServerSessionContext();
        sessions.setSessionCacheSize(MAX_SESSIONS);
        sessions.setSessionTimeout(SESSION_SECONDS);
        return read;
    }

    private static @Nullable String faultIn(ServerIdentity read, Instant now) {
        return now.isAfter(read.expiresAt()) ? "the certificate in use expired on " + read.expiresAt() : null;
    }

    /** Signing takes about a millisecond, which an event loop has better uses for. At most as many wait as there are connections. */
    private static ExecutorService handshakeThreads() {
        int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "freshet-tls-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public String toString() {
        return "TLS" + (needsClientCertificate ? " with client certificates" : "") + List.of(identity);
    }
}

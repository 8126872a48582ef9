package dev.freshet.testkit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis server on loopback that a test can stop, kill, freeze and start again, always on the same port.
 *
 * <p>The system property {@code freshet.test.redis} chooses once per JVM where the server comes from:
 *
 * <ul>
 *   <li>{@code container}: Testcontainers with the image that the property {@code redis.image} names ({@code redis:8} by
 *       default). If no Docker engine answers, the start fails.
 *   <li>{@code embedded}: the binary in the embedded-redis artifact.
 *   <li>a path, such as {@code /usr/bin/redis-server}: that binary.
 *   <li>empty or unset: a container if a Docker engine answers and has or can fetch the image, otherwise the embedded
 *       binary.
 * </ul>
 *
 * The first use prints the choice and the server's version on standard output.
 *
 * <p>The settings decide which data survives {@link #kill()} and {@link #start()}: none by default, everything synced with {@code
 * appendonly yes}, and the state of the last {@code SAVE} after {@code execute("SAVE")}. {@link #startEmpty()} drops all data.
 *
 * <p>Thread-safe. Open servers are closed when the JVM ends, unless the JVM itself is killed.
 */
public final class RedisServer implements AutoCloseable {

    private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);
    private static final int PORT_ATTEMPTS = 5;

    private final RedisSource source;
    private final List<String> settings;
    private final @Nullable String password;
    private final boolean hasTls;
    private int port;
    private int tlsPort;
    private @Nullable RedisInstance instance;
    private boolean running;
    private boolean paused;

    private RedisServer(Builder builder) {
        this.source = builder.source();
        this.settings = List.copyOf(builder.settings);
        this.password = builder.password;
        this.hasTls = builder.hasTls;
    }

    /** Returns a builder of a server without persistence, password or further settings. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts a server without persistence or password. */
    public static RedisServer started() {
        return builder().start();
    }

    /** Returns the IP address of the server. */
    public String host() {
        return RedisSource.LOOPBACK;
    }

    /** Returns the port. Restarts do not change it. */
    public synchronized int port() {
        return port;
    }

    /** Returns {@code redis://127.0.0.1:port}, with the password if there is one. */
    public synchronized String uri() {
        String userInfo = password == null ? "" : ":" + URLEncoder.encode(password, StandardCharsets.UTF_8) + "@";
        return "redis://" + userInfo + host() + ":" + port;
    }

    /**
     * Returns the port for connections with TLS. Restarts do not change it.
     *
     * @throws IllegalStateException if the server has none
     */
    public synchronized int tlsPort() {
        if (!hasTls) {
            throw new IllegalStateException("The server has no TLS; build it with withTls");
        }
        return tlsPort;
    }

    /** Returns {@code rediss://127.0.0.1:tlsPort}, without the password. */
    public String tlsUri() {
        return "rediss://" + host() + ":" + tlsPort();
    }

    /** Returns the server's version, for example {@code 7.0.15}. */
    public String version() {
        return source.version();
    }

    /** Returns whether the server was started and not stopped or killed since. A paused server is running. */
    public synchronized boolean isRunning() {
        return running;
    }

    /**
     * Starts the server again after {@link #stop()} or {@link #kill()}, with the data that its persistence kept, and waits until it
     * answers. Does nothing if it is running.
     *
     * @throws IllegalStateException if it does not answer within 30 s; the message contains the end of its log
     */
    public synchronized void start() {
        if (running) {
            return;
        }
        requireInstance().start();
        running = true;
        awaitReady();
    }

    /** Kills the server if it is running, and starts it without data. */
    public synchronized void startEmpty() {
        kill();
        RedisInstance old = requireInstance();
        instance = null;
        old.destroy();
        instance = launch();
        running = true;
        awaitReady();
    }

    /** Shuts the server down in order (SIGTERM). It closes its connections and writes the data that its persistence keeps. */
    public synchronized void stop() {
        if (running) {
            resume();
            requireInstance().stop();
            running = false;
        }
    }

    /** Kills the server at once (SIGKILL), even if it is paused. The operating system closes its connections. */
    public synchronized void kill() {
        if (running) {
            requireInstance().kill();
            running = false;
            paused = false;
        }
    }

    /** Freezes the server (SIGSTOP or {@code docker pause}). Its connections stay open, and it does not answer. */
    public synchronized void pause() {
        if (running && !paused) {
            requireInstance().pause();
            paused = true;
        }
    }

    /** Resumes a paused server. Does nothing if it is not paused. */
    public synchronized void resume() {
        if (paused) {
            requireInstance().resume();
            paused = false;
        }
    }

    /** Drops all keys of all databases. The server must be running and not paused. */
    public void flushAll() {
        execute("FLUSHALL");
    }

    /**
     * Runs one command on a new connection. Returns the reply as {@code redis-cli} prints it into a pipe: text unchanged, null as the
     * empty string, each element of an array on its own line.
     *
     * @param command the command's name, then its arguments
     * @throws IllegalStateException if Redis answers with an error; its text is the message
     * @throws UncheckedIOException if Redis cannot be reached or does not answer within 10 s
     */
    public String execute(String... command) {
        try (RespConnection connection = connect(Duration.ofSeconds(10))) {
            return connection.call(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs one command of arbitrary bytes on a new connection. Returns the reply: a byte array, a {@code Long}, a {@code List} of
     * replies, null, or a status as a {@code String}.
     *
     * @param command the command's name, then its arguments
     * @throws IllegalStateException if Redis answers with an error, or with a list that contains one; its text is the message
     * @throws UncheckedIOException if Redis cannot be reached or does not answer within 10 s
     */
    public @Nullable Object reply(List<byte[]> command) {
        try (RespConnection connection = connect(Duration.ofSeconds(10))) {
            return connection.reply(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the end of the server's output, some 30 lines. */
    public synchronized String log() {
        return requireInstance().log();
    }

    /** Kills the server and deletes its data. It cannot be started again. */
    @Override
    public synchronized void close() {
        if (instance != null) {
            kill();
            instance.destroy();
            instance = null;
        }
        LiveServers.remove(this);
    }

    @Override
    public String toString() {
        return "Redis " + version() + " at " + host() + ":" + port();
    }

    private synchronized RedisServer firstStart() {
        RuntimeException lastFailure = null;
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            LiveServers.add(this);
            port = LoopbackPorts.free();
            tlsPort = hasTls ? LoopbackPorts.free() : 0;
            try {
                instance = launch();
                running = true;
                awaitReady();
                return this;
            } catch (RuntimeException e) {
                close();
                lastFailure = e;
                if (!isPortTaken(e)) {
                    break;
                }
            }
        }
        throw requireNonNull(lastFailure);
    }

    /** Another process may take the port before the server binds it. Neither Redis nor Docker has an error code for that. */
    private static boolean isPortTaken(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String message = String.valueOf(t.getMessage());
            if (message.contains("ddress already in use") || message.contains("port is already allocated")) {
                return true;
            }
        }
        return false;
    }

    private RedisInstance launch() {
        List<String> lines = new ArrayList<>();
        lines.add("save \"\"");
        lines.add("repl-diskless-sync-delay 0"); // else a replica waits 5 s for others to come
        lines.addAll(settings);
        if (password != null) {
            lines.add("requirepass " + password);
        }
        if (hasTls) {
            lines.add("tls-port " + tlsPort);
        }
        return source.launch(port, lines);
    }

    private void awaitReady() {
        long deadlineNanos = System.nanoTime() + READY_TIMEOUT.toNanos();
        while (true) {
            String refusal;
            try (RespConnection connection = connect(Duration.ofSeconds(2))) {
                connection.call("PING");
                return;
            } catch (IOException | IllegalStateException e) {
                refusal = String.valueOf(e.getMessage());
                // The settings forbid PING, or disable the default user. The server is ready nevertheless.
                if (refusal.startsWith("NOPERM") || refusal.startsWith("NOAUTH") || refusal.startsWith("WRONGPASS")) {
                    return;
                }
            }
            if (!requireInstance().isAlive() || System.nanoTime() - deadlineNanos > 0) {
                String log = requireInstance().log();
                kill();
                throw new IllegalStateException(
                        "Redis on port " + port + " does not answer (" + refusal + "). Its log:\n" + log);
            }
            Pause.millis(20);
        }
    }

    private RespConnection connect(Duration timeout) throws IOException {
        RespConnection connection = RespConnection.open(host(), port(), timeout);
        try {
            if (password != null) {
                connection.call("AUTH", password);
            }
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private RedisInstance requireInstance() {
        if (instance == null) {
            throw new IllegalStateException("The server is closed");
        }
        return instance;
    }

    /** Builds a server. Not thread-safe. */
    public static final class Builder {
        private final List<String> settings = new ArrayList<>();
        private @Nullable String password;
        private boolean onThisMachine;
        private boolean embedded;
        private boolean hasTls;

        private Builder() {}

        /**
         * Runs the server as a process on this machine, even if {@code freshet.test.redis} demands a container. Servers need this if they
         * must reach each other at the address that clients use. The binary is the chosen one, otherwise {@code redis-server} on the
         * {@code PATH}, otherwise the embedded one.
         */
        public Builder onThisMachine() {
            onThisMachine = true;
            return this;
        }

        /**
         * Runs the binary of the embedded-redis artifact as a process of this machine, whatever {@code freshet.test.redis}
         * says: for measurements, which are compared with those of other machines.
         */
        public Builder embedded() {
            embedded = true;
            return this;
        }

        private RedisSource source() {
            if (embedded) {
                return RedisSource.embedded();
            }
            return onThisMachine ? RedisSource.ofThisMachine() : RedisSource.chosen();
        }

        /**
         * Adds a line of {@code redis.conf}, for example {@code "appendonly yes"}. The port, address and directory cannot be set.
         *
         * @throws IllegalArgumentException if {@code line} contains a line break
         */
        public Builder withSetting(String line) {
            if (line.indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "The setting has several lines; add one line of redis.conf at a time: " + line);
            }
            settings.add(line);
            return this;
        }

        /** Permits the command {@code DEBUG}, which Redis 7 and later forbid by default. */
        public Builder withDebugCommand() {
            int major = Integer.parseInt(source().version().split("\\.", 2)[0]);
            // Connections to a container come from its bridge, so "local" is not enough.
            return major >= 7 ? withSetting("enable-debug-command yes") : this;
        }

        /**
         * Requires this password from clients.
         *
         * @throws IllegalArgumentException if the password contains white space, quotes or backslashes
         */
        public Builder withPassword(String password) {
            if (!password.matches("[^\\s\"'\\\\]+")) {
                throw new IllegalArgumentException(
                        "The password contains white space, quotes or backslashes; use one without");
            }
            this.password = password;
            return this;
        }

        /**
         * Adds a second port, on which the server speaks TLS with a certificate of this authority, and accepts clients with and without
         * one. Such a server runs as a process {@linkplain #onThisMachine() on this machine}, since it reads files of this machine.
         */
        public Builder withTls(TestCertificates certificates) {
            return withTls(certificates.ca(), certificates.issue("server"), "optional");
        }

        /**
         * Adds a second port, on which the server speaks TLS.
         *
         * @param clientCa the authority whose clients it accepts
         * @param certificate its own
         * @param authClients Redis' setting {@code tls-auth-clients}: yes, no or optional
         */
        public Builder withTls(Path clientCa, TestCertificates.Issued certificate, String authClients) {
            hasTls = true;
            return onThisMachine()
                    .withSetting("tls-ca-cert-file \"" + clientCa + "\"")
                    .withSetting("tls-cert-file \"" + certificate.certificate() + "\"")
                    .withSetting("tls-key-file \"" + certificate.key() + "\"")
                    .withSetting("tls-auth-clients " + authClients);
        }

        /**
         * Starts the server and waits until it answers.
         *
         * @throws IllegalStateException if the Redis that {@code freshet.test.redis} demands is unavailable or does not start
         */
        public RedisServer start() {
            return new RedisServer(this).firstStart();
        }
    }
}

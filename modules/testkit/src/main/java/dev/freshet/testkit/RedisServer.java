package dev.freshet.testkit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis server on loopback that a test may stop, kill, freeze and start again, always on the same port.
 *
 * <p>Where it comes from is decided once a JVM by the system property {@code freshet.test.redis}:
 *
 * <ul>
 *   <li>{@code container}: Testcontainers with the image that the property {@code redis.image} names ({@code redis:8} by
 *       default). If no Docker engine answers the start fails; nothing else is tried.
 *   <li>{@code embedded}: the binary that the embedded-redis artifact carries.
 *   <li>a path, such as {@code /usr/bin/redis-server}: that binary.
 *   <li>empty or unset: a container if a Docker engine answers and has the image or can fetch it, else the embedded
 *       binary.
 * </ul>
 *
 * The first use prints the choice and the server's version on standard output.
 *
 * <p>What a server keeps over {@link #kill()} and {@link #start()} is up to its settings: nothing by default,
 * everything synced with {@code appendonly yes}, and the state at the last {@code SAVE} after {@code execute("SAVE")}.
 * {@link #startEmpty()} forgets all of it.
 *
 * <p>Thread-safe. Servers that were not closed die with the JVM, unless the JVM itself is killed.
 */
public final class RedisServer implements AutoCloseable {

    private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);
    private static final int PORT_ATTEMPTS = 5;

    private final RedisSource source;
    private final List<String> settings;
    private final @Nullable String password;
    private int port;
    private @Nullable RedisInstance instance;
    private boolean running;
    private boolean paused;

    private RedisServer(Builder builder) {
        this.source = builder.onThisMachine ? RedisSource.ofThisMachine() : RedisSource.chosen();
        this.settings = List.copyOf(builder.settings);
        this.password = builder.password;
    }

    /** Returns a builder of a server without persistence, password or further settings. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts a server without persistence or password. */
    public static RedisServer started() {
        return builder().start();
    }

    /** Returns the address to reach the server at; an IP address, never a name. */
    public String host() {
        return RedisSource.LOOPBACK;
    }

    /** Returns the port, which stays the same over any number of restarts. */
    public synchronized int port() {
        return port;
    }

    /** Returns {@code redis://127.0.0.1:port}, with the password in it if there is one. */
    public synchronized String uri() {
        String userInfo = password == null ? "" : ":" + URLEncoder.encode(password, StandardCharsets.UTF_8) + "@";
        return "redis://" + userInfo + host() + ":" + port;
    }

    /** Returns the server's version, for example {@code 7.0.15}. */
    public String version() {
        return source.version();
    }

    /** Returns whether the server was started and neither stopped nor killed since. A paused server is running. */
    public synchronized boolean isRunning() {
        return running;
    }

    /**
     * Starts the server again after {@link #stop()} or {@link #kill()}, with the data that its persistence kept. Returns
     * when it answers. Does nothing if it is running.
     *
     * @throws IllegalStateException if it does not answer in time; the message holds the end of its log
     */
    public synchronized void start() {
        if (running) {
            return;
        }
        requireInstance().start();
        running = true;
        awaitReady();
    }

    /** Starts the server again without any data, killing it first if it is running. */
    public synchronized void startEmpty() {
        kill();
        RedisInstance old = requireInstance();
        instance = null;
        old.destroy();
        instance = launch();
        running = true;
        awaitReady();
    }

    /** Shuts the server down in order (SIGTERM): it closes its connections and writes what its persistence asks for. */
    public synchronized void stop() {
        if (running) {
            resume();
            requireInstance().stop();
            running = false;
        }
    }

    /** Kills the server at once (SIGKILL), even while it is paused. The operating system closes its connections. */
    public synchronized void kill() {
        if (running) {
            requireInstance().kill();
            running = false;
            paused = false;
        }
    }

    /** Freezes the server (SIGSTOP or {@code docker pause}): connections stay open, and nobody answers on them. */
    public synchronized void pause() {
        if (running && !paused) {
            requireInstance().pause();
            paused = true;
        }
    }

    /** Thaws a paused server: it goes on where it was. Does nothing if it is not paused. */
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
     * Runs one command on a connection of its own and returns the reply as {@code redis-cli} prints it when piped: text
     * as it is, a null as the empty string, the elements of an array on a line each.
     *
     * @param command the command's name, then its arguments
     * @throws IllegalStateException if Redis answers with an error, which is the message
     * @throws UncheckedIOException if it cannot be reached, or does not answer within 10 s
     */
    public String execute(String... command) {
        try (RespConnection connection = connect(Duration.ofSeconds(10))) {
            return connection.call(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the end of what the server has printed so far: some 30 lines. */
    public synchronized String log() {
        return requireInstance().log();
    }

    /** Kills the server and removes its data. It cannot be started again. */
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

    /** Another process may take the port between the look and the bind. Neither Redis nor Docker has a code for that. */
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
        lines.addAll(settings);
        if (password != null) {
            lines.add("requirepass " + password);
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
                // A user whom the settings forbid PING, or a default user switched off: the server is up nevertheless.
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
            throw new IllegalStateException("this server was closed");
        }
        return instance;
    }

    /** Collects how a server is to be started. Not thread-safe. */
    public static final class Builder {
        private final List<String> settings = new ArrayList<>();
        private @Nullable String password;
        private boolean onThisMachine;

        private Builder() {}

        /**
         * Runs the server as a process of this machine, also where {@code freshet.test.redis} asks for a container: for
         * servers that must reach each other at the address that clients use. The binary is the chosen one, else {@code
         * redis-server} of the {@code PATH}, else the embedded one.
         */
        public Builder onThisMachine() {
            onThisMachine = true;
            return this;
        }

        /**
         * Adds a line of {@code redis.conf}, for example {@code "appendonly yes"}. Port, address and directory are not for
         * the test to choose.
         */
        public Builder withSetting(String line) {
            if (line.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("one line of redis.conf at a time");
            }
            settings.add(line);
            return this;
        }

        /** Adds {@code DEBUG} to what clients may do; from Redis 7 on it is forbidden by default. */
        public Builder withDebugCommand() {
            int major = Integer.parseInt((onThisMachine ? RedisSource.ofThisMachine() : RedisSource.chosen())
                    .version()
                    .split("\\.", 2)[0]);
            // Connections to a container come from its bridge, so "local" would not do.
            return major >= 7 ? withSetting("enable-debug-command yes") : this;
        }

        /** Demands this password of clients, without spaces or quotes. */
        public Builder withPassword(String password) {
            if (!password.matches("[^\\s\"'\\\\]+")) {
                throw new IllegalArgumentException("a password without spaces, quotes or backslashes");
            }
            this.password = password;
            return this;
        }

        /**
         * Starts the server and returns when it answers.
         *
         * @throws IllegalStateException if no Redis can be had as {@code freshet.test.redis} demands, or it does not start
         */
        public RedisServer start() {
            return new RedisServer(this).firstStart();
        }
    }
}

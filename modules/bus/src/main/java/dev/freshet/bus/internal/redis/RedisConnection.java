package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.socket.BoundedSocket;
import dev.freshet.bus.internal.socket.BoundedSockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.IOUtils;
import redis.clients.jedis.util.RedisOutputStream;

/**
 * One connection to one server. Used by one thread at a time, except for {@link #abort}.
 *
 * <p>A fault of the network throws {@code JedisConnectionException}; afterwards the connection is of no use. A refusal of the
 * server throws {@code JedisDataException}.
 */
public final class RedisConnection extends Connection {

    /** The first version with XTRIM MINID. */
    private static final int MIN_MAJOR = 6;

    private static final int MIN_MINOR = 2;

    private final HostAndPort node;
    private final BoundedSockets sockets;

    /** Whether this connection was closed for good. It has no initial value, since Jedis's constructor connects already. */
    private volatile boolean isGivenUp;

    RedisConnection(HostAndPort node, JedisClientConfig config, BoundedSockets sockets) {
        super(sockets, config);
        this.node = node;
        this.sockets = sockets;
    }

    /** Returns the server's address. */
    public HostAndPort node() {
        return node;
    }

    /** A connection that was given up stays so: Jedis would reconnect silently, and the sender would not know. */
    @Override
    public void connect() {
        if (isGivenUp && !isConnected()) {
            throw new JedisConnectionException("the connection to " + node + " was given up");
        }
        super.connect();
    }

    /**
     * Waits until there is something to read, or the end of the connection. Returns false, and reads nothing, if there is
     * nothing within the given time. Only for a thread that has read its last answer completely.
     *
     * @param atMostMillis more than 0
     */
    public boolean awaitReply(int atMostMillis) {
        try {
            BoundedSocket socket = sockets.last();
            return socket != null && socket.awaitInput(atMostMillis);
        } catch (IOException e) {
            setBroken();
            throw new JedisConnectionException("the connection to " + node + " is lost", e);
        }
    }

    /**
     * Sends {@linkplain #encoded encoded} commands in one write, and touches nothing else of this connection. The server may
     * answer before the write returns, and the thread that reads the answer may let another thread send. Two threads must not
     * share the buffer in which {@code sendCommand} collects.
     */
    public void sendAtOnce(byte[] commands) {
        BoundedSocket socket = sockets.last();
        try {
            if (socket == null) {
                throw new JedisConnectionException("there is no connection to " + node);
            }
            socket.getOutputStream().write(commands);
        } catch (IOException e) {
            setBroken();
            throw new JedisConnectionException("the connection to " + node + " is lost", e);
        }
    }

    /** Returns the bytes of commands. */
    public static byte[] encoded(List<CommandArguments> commands) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RedisOutputStream out = new RedisOutputStream(bytes);
        try {
            for (CommandArguments command : commands) {
                Protocol.sendCommand(out, command);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("an array was written", e);
        }
        return bytes.toByteArray();
    }

    /** Reads this many answers to commands that were flushed before. A refusal stands in its place. */
    public List<Object> replies(int count) {
        List<Object> replies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            try {
                replies.add(getUnflushedObject());
            } catch (JedisDataException refusal) {
                replies.add(refusal);
            }
        }
        return replies;
    }

    /** Sends the commands that {@code sendCommand} has collected, without waiting for an answer. */
    public void flushCommands() {
        flush();
    }

    /** Runs a command whose answer is text, or null. */
    @Nullable
    public String text(Protocol.Command command, String... arguments) {
        Object reply = executeCommand(arguments(command, arguments));
        if (reply != null && !(reply instanceof byte[])) {
            throw unexpected(command.name(), reply);
        }
        return asText(reply);
    }

    /** Runs a command whose answer is a list, or nothing, which becomes an empty list. */
    public List<?> list(Protocol.Command command, String... arguments) {
        Object reply = executeCommand(arguments(command, arguments));
        if (reply == null) {
            return List.of();
        }
        if (reply instanceof List<?> list) {
            return list;
        }
        throw unexpected(command.name(), reply);
    }

    /** Runs a command whose answer is a list of this size. */
    public List<?> list(int size, Protocol.Command command, String... arguments) {
        List<?> list = list(command, arguments);
        if (list.size() != size) {
            throw unexpected(command.name(), list);
        }
        return list;
    }

    /** Waits for the next message of a subscribed connection: its kind, its channel, and its payload or a number. */
    public List<?> message() {
        Object reply = getUnflushedObject();
        if (reply instanceof List<?> message
                && message.size() == 3
                && message.get(0) instanceof byte[]
                && (message.get(1) instanceof byte[] || !(message.get(2) instanceof byte[]))) {
            return message;
        }
        throw unexpected("SUBSCRIBE", reply);
    }

    /** Waits for the next message as {@link #message} does; one that is sent for a pattern has the pattern before its channel. */
    public List<?> anyMessage() {
        Object reply = getUnflushedObject();
        if (reply instanceof List<?> message
                && (message.size() == 3 || (message.size() == 4 && message.get(2) instanceof byte[]))
                && message.get(0) instanceof byte[]) {
            return message;
        }
        throw unexpected("SUBSCRIBE", reply);
    }

    /**
     * Returns what to throw if an answer is not of its command's kind. It may be the answer to another command, so the
     * connection is broken.
     */
    public JedisConnectionException unexpected(String command, @Nullable Object reply) {
        setBroken();
        String kind = reply == null
                ? "nothing"
                : reply instanceof List<?> list
                        ? "a list of " + list.size()
                        : reply instanceof Long number
                                ? "the number " + number
                                : "\"" + shortened(asText(reply)) + "\"";
        return new JedisConnectionException(node + " answers " + command + " with " + kind + ", as Redis never does");
    }

    private static String shortened(@Nullable String text) {
        String shown = String.valueOf(text).replaceAll("[^ -~]", "?");
        return shown.length() <= 60 ? shown : shown.substring(0, 60) + "…";
    }

    /** Runs a command whose answer is a number. */
    public long number(Protocol.Command command, String... arguments) {
        Object reply = executeCommand(arguments(command, arguments));
        if (reply instanceof Long number) {
            return number;
        }
        throw unexpected(command.name(), reply);
    }

    /** Returns the server's clock in microseconds since 1970. Blocks for one round trip. */
    public long timeMicros() {
        List<?> time = list(2, Protocol.Command.TIME);
        try {
            return Long.parseLong(String.valueOf(asText(time.get(0)))) * 1_000_000
                    + Long.parseLong(String.valueOf(asText(time.get(1))));
        } catch (NumberFormatException e) {
            throw unexpected("TIME", time.get(0));
        }
    }

    /**
     * Returns the server's run_id.
     *
     * @throws BusException if the server does not say one, or is too old for the scripts
     */
    public String runId() {
        String server = text(Protocol.Command.INFO, "server");
        String version = field(server, "redis_version");
        if (!version.isEmpty() && !isAtLeast(version, MIN_MAJOR, MIN_MINOR)) {
            throw new BusException("the server at " + node + " is Redis " + version + ", but " + MIN_MAJOR + "."
                    + MIN_MINOR + " or later is needed");
        }
        String runId = field(server, "run_id");
        if (runId.isEmpty()) {
            throw new BusException("the server at " + node + " does not say its run_id in INFO server");
        }
        return runId;
    }

    /**
     * Makes sure that the server takes writes.
     *
     * @throws BusException if it is a replica
     */
    public void requireMaster() {
        replicationIdOfMaster();
    }

    /**
     * Makes sure that the server takes writes, and returns the id of its history: another one after a failover.
     *
     * @throws BusException if it is a replica
     */
    public String replicationIdOfMaster() {
        String replication = text(Protocol.Command.INFO, "replication");
        String role = field(replication, "role");
        if (!role.isEmpty() && !role.equals("master")) {
            throw new BusException("the server at " + node + " is a read-only replica, of "
                    + field(replication, "master_host") + ":" + field(replication, "master_port")
                    + "; only its master takes changes");
        }
        return field(replication, "master_replid");
    }

    static boolean isAtLeast(String version, int major, int minor) {
        try {
            String[] parts = version.split("\\.", -1);
            int itsMajor = Integer.parseInt(parts[0]);
            return itsMajor > major || (itsMajor == major && parts.length > 1 && Integer.parseInt(parts[1]) >= minor);
        } catch (NumberFormatException e) {
            // Not a version as Redis writes it. Its own errors will tell more than a guess.
            return true;
        }
    }

    /** Returns a field of a section of INFO, or an empty text if the server does not have it. */
    String info(String section, String field) {
        return field(text(Protocol.Command.INFO, section), field);
    }

    private static String field(@Nullable String info, String field) {
        String prefix = field + ":";
        return info == null
                ? ""
                : info.lines()
                        .filter(line -> line.startsWith(prefix))
                        .map(line -> line.substring(prefix.length()).strip())
                        .findFirst()
                        .orElse("");
    }

    /** Closes the socket, from any thread; a thread that reads from it is woken with an exception. */
    public void abort() {
        isGivenUp = true;
        setBroken();
        IOUtils.closeQuietly(sockets.last());
    }

    /** Closes the connection, and ignores faults. */
    public void closeQuietly() {
        isGivenUp = true;
        try {
            close();
        } catch (RuntimeException ignored) {
            // A broken connection throws when it is closed, which helps no caller.
        }
    }

    /** Returns a reply as text, or null if it is nothing. */
    public static @Nullable String asText(@Nullable Object reply) {
        return reply instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.UTF_8)
                : reply == null ? null : reply.toString();
    }

    private static CommandArguments arguments(Protocol.Command command, String... arguments) {
        CommandArguments call = new CommandArguments(command);
        for (String argument : arguments) {
            call.add(argument);
        }
        return call;
    }
}

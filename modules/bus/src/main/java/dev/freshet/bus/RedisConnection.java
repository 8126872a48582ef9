package dev.freshet.bus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;

/**
 * One connection to one server. Used by one thread at a time, except for {@link #abort}.
 *
 * <p>What fails because of the network throws {@code JedisConnectionException}, after which the connection is of no use;
 * what the server refuses throws {@code JedisDataException}.
 */
final class RedisConnection extends Connection {

    /** XTRIM MINID came with it. */
    private static final int LEAST_MAJOR = 6;

    private static final int LEAST_MINOR = 2;

    private final HostAndPort node;

    RedisConnection(HostAndPort node, JedisClientConfig config) {
        super(node, config);
        this.node = node;
    }

    HostAndPort node() {
        return node;
    }

    /** Sends what {@code sendCommand} has collected, without waiting for an answer. */
    void flushCommands() {
        flush();
    }

    /** Runs a command whose answer is text, or null. */
    @Nullable
    String text(Protocol.Command command, String... arguments) {
        return asText(executeCommand(arguments(command, arguments)));
    }

    /** Runs a command whose answer is a list. */
    List<?> list(Protocol.Command command, String... arguments) {
        Object reply = executeCommand(arguments(command, arguments));
        return reply instanceof List<?> list ? list : List.of();
    }

    /** Runs a command whose answer is a number. */
    long number(Protocol.Command command, String... arguments) {
        Object reply = executeCommand(arguments(command, arguments));
        return reply instanceof Long number ? number : 0;
    }

    /**
     * Returns the server's run_id.
     *
     * @throws BusException if it does not say one, or is too old for what the scripts do
     */
    String runId() {
        String version = info("server", "redis_version");
        if (!version.isEmpty() && !isAtLeast(version, LEAST_MAJOR, LEAST_MINOR)) {
            throw new BusException("the server at " + node + " is Redis " + version + ", but " + LEAST_MAJOR + "."
                    + LEAST_MINOR + " or later is needed");
        }
        String runId = info("server", "run_id");
        if (runId.isEmpty()) {
            throw new BusException("the server at " + node + " does not say its run_id in INFO server");
        }
        return runId;
    }

    static boolean isAtLeast(String version, int major, int minor) {
        try {
            String[] parts = version.split("\\.", -1);
            int itsMajor = Integer.parseInt(parts[0]);
            return itsMajor > major || (itsMajor == major && parts.length > 1 && Integer.parseInt(parts[1]) >= minor);
        } catch (NumberFormatException e) {
            // Not a number as Redis writes it: whatever this is, its own errors will tell more than a guess.
            return true;
        }
    }

    /** Returns a field of a section of INFO, or an empty text if the server does not have it. */
    String info(String section, String field) {
        String info = text(Protocol.Command.INFO, section);
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
    void abort() {
        try {
            forceDisconnect();
        } catch (IOException ignored) {
            // It is gone either way.
        }
    }

    /** Closes without a word. */
    void closeQuietly() {
        try {
            close();
        } catch (RuntimeException ignored) {
            // A broken connection complains when it is closed; nobody can use that.
        }
    }

    static @Nullable String asText(@Nullable Object reply) {
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

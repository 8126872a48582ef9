package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Publishes messages to channels of applications, for a source that relays what is in the logs of regions. Several publishers may relay
 * the same log: Redis remembers how far it was relayed, so that each record is sent once. Before each message goes an announcement
 * to the source's own channel, so that the publishers that listen to the messages know which are no news.
 *
 * <p>Methods block for a bounded time, and throw a {@link BusException} if Redis is unavailable or refuses. After an exception the next
 * call connects again. Used by one thread.
 */
public final class ChannelSender implements AutoCloseable {

    private static final Script RELAY = Script.load("source-relay.lua");

    private final RedisConnector connector;
    private final Topology topology;
    private final String key;
    private final String announcements;
    private @Nullable RedisConnection connection;

    /** A message. */
    public record Message(String channel, String text) {

        /** Returns what announces it. */
        public byte[] announcement() {
            return announcementOf(bytes(channel), bytes(text));
        }
    }

    /** Makes a sender. It connects when it is first used. */
    public ChannelSender(RedisConfig redis, String source) {
        this.connector = new RedisConnector(redis, "relay-" + source);
        this.topology = Topologies.of(connector);
        this.key = connector.namespace().source(source);
        this.announcements = connector.namespace().sentBySource(source);
    }

    /** Returns what announces a message: the length of its channel's name, a colon, this name, and its text. */
    public static byte[] announcementOf(byte[] channel, byte[] text) {
        byte[] length = bytes(channel.length + ":");
        return ByteBuffer.allocate(length.length + channel.length + text.length)
                .put(length)
                .put(channel)
                .put(text)
                .array();
    }

    /** Returns the channel of the message that is announced, or null if this is no announcement. */
    public static @Nullable String channelOf(byte[] announcement) {
        String text = new String(announcement, StandardCharsets.ISO_8859_1);
        int colon = text.indexOf(':');
        if (colon < 1 || !text.substring(0, colon).matches("[0-9]{1,9}")) {
            return null;
        }
        int length = Integer.parseInt(text.substring(0, colon));
        return length > announcement.length - colon - 1
                ? null
                : new String(announcement, colon + 1, length, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String field(String region) {
        return "relayed:" + region;
    }

    /** Returns how far a region's log was relayed; null if it never was. */
    public @Nullable Position position(String region) {
        String text = call(open -> open.text(Protocol.Command.HGET, key, field(region)));
        try {
            return text == null ? null : Position.parse(text);
        } catch (IllegalArgumentException e) {
            return null; // not written by Freshet
        }
    }

    /**
     * Publishes messages, and remembers how far the log was relayed with them, in one step.
     *
     * @param from where the caller read on: what {@link #position} or the last call said; not looked at if Redis has no position
     * @param upTo the position of the last record that the messages stand for
     * @return false if another publisher has relayed more than up to there, so that nothing was done
     */
    public boolean send(String region, Position from, Position upTo, List<Message> messages) {
        List<byte[]> arguments = new ArrayList<>(
                List.of(bytes(field(region)), bytes(from.toString()), bytes(upTo.toString()), bytes(announcements)));
        for (Message message : messages) {
            arguments.add(bytes(message.channel()));
            arguments.add(bytes(message.text()));
            arguments.add(message.announcement());
        }
        return Long.valueOf(1).equals(call(open -> RELAY.run(open, List.of(key), arguments)));
    }

    private interface Call<T> {
        @Nullable
        T on(RedisConnection open);
    }

    private <T> @Nullable T call(Call<T> call) {
        try {
            RedisConnection open = connection;
            if (open == null) {
                open = connector.open(topology.masterOf(key));
                connection = open;
                open.requireMaster();
            }
            return call.on(open);
        } catch (JedisException e) {
            close();
            throw new BusException(RedisErrors.describe(connector, e), e);
        } catch (BusException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        RedisConnection open = connection;
        connection = null;
        topology.refresh();
        if (open != null) {
            open.closeQuietly();
        }
    }
}

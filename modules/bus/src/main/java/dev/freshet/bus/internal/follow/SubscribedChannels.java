package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

/**
 * The channels that one connection is subscribed to, while regions come and go. {@link #follow} is called by one thread at a
 * time. The other methods belong to the receiving thread, which may run them meanwhile.
 *
 * <p>The server acknowledges in the order of the commands, and what it sends behind an acknowledgement is subsequent to the
 * subscription. So a region begins with its own acknowledgement, whatever the others do; and a subscription that ends without
 * such a command is one that the server ended, because a slot moved.
 */
final class SubscribedChannels {

    /** @param feed the region that a subscription is for; null for the member's own channel, and where one ends */
    private record Awaited(
            String kind, String channel, @Nullable RegionFeed feed, long sentNanos) {}

    /** What an acknowledgement says: that a region's subscription is made, or nothing of interest. */
    record Acknowledged(@Nullable RegionFeed feed) {}

    private final RedisConnection connection;
    private final String memberId;
    private final boolean apart;
    private final boolean sharded;
    private final LongSupplier nanoTime;

    private final Map<ByteBuffer, RegionFeed> byChannel = new ConcurrentHashMap<>();
    private final Queue<Awaited> awaited = new ConcurrentLinkedQueue<>();

    /** The regions that were subscribed to, acknowledged or not. */
    private final Set<RegionFeed> followed = new LinkedHashSet<>();

    /** The member's own channel where one group holds all regions. It stays when the region goes after which it is named. */
    private @Nullable String commonChannel;

    /**
     * Nothing is subscribed to yet.
     *
     * @param apart whether each region lives in a slot of its own
     * @param sharded whether channels are sharded ones
     */
    SubscribedChannels(
            RedisConnection connection, String memberId, boolean apart, boolean sharded, LongSupplier nanoTime) {
        this.connection = connection;
        this.memberId = memberId;
        this.apart = apart;
        this.sharded = sharded;
        this.nanoTime = nanoTime;
    }

    // ---- one thread at a time

    /**
     * Sends what makes these regions, and no others, the ones that are followed. Does not wait for the acknowledgements. Returns
     * the regions in groups whose heads one script may read.
     */
    List<RegionGroup> follow(List<RegionFeed> wanted) {
        List<RegionFeed> leaving = new ArrayList<>(followed);
        leaving.removeAll(new LinkedHashSet<>(wanted));
        List<RegionFeed> joining = new ArrayList<>(wanted);
        joining.removeAll(followed);

        List<CommandArguments> commands = new ArrayList<>();
        for (List<RegionFeed> together : together(leaving)) {
            commands.add(end(together));
        }
        for (List<RegionFeed> together : together(joining)) {
            commands.add(begin(together));
        }
        if (!commands.isEmpty()) {
            connection.sendAtOnce(RedisConnection.encoded(commands));
        }
        return together(wanted).stream()
                .map(regions -> new RegionGroup(regions, memberChannel(regions), sharded))
                .toList();
    }

    /** In a cluster, one command or script may name only one slot. */
    private List<List<RegionFeed>> together(List<RegionFeed> feeds) {
        if (apart) {
            return feeds.stream().map(List::of).toList();
        }
        return feeds.isEmpty() ? List.of() : List.of(List.copyOf(feeds));
    }

    private String memberChannel(List<RegionFeed> together) {
        if (apart) {
            return together.get(0).names().memberChannel(memberId);
        }
        String common = commonChannel;
        if (common == null) {
            common = together.get(0).names().memberChannel(memberId);
            commonChannel = common;
        }
        return common;
    }

    private CommandArguments begin(List<RegionFeed> together) {
        boolean isFirst = apart || commonChannel == null;
        String kind = sharded ? "ssubscribe" : "subscribe";
        CommandArguments command =
                new CommandArguments(sharded ? Protocol.Command.SSUBSCRIBE : Protocol.Command.SUBSCRIBE);
        for (RegionFeed feed : together) {
            followed.add(feed);
            byChannel.put(key(feed), feed);
            add(command, kind, feed.names().channel(), feed);
        }
        if (isFirst) {
            // In one command: the member's own channel is never heard without the records' channels.
            add(command, kind, memberChannel(together), null);
        }
        return command;
    }

    private CommandArguments end(List<RegionFeed> together) {
        String kind = sharded ? "sunsubscribe" : "unsubscribe";
        CommandArguments command =
                new CommandArguments(sharded ? Protocol.Command.SUNSUBSCRIBE : Protocol.Command.UNSUBSCRIBE);
        for (RegionFeed feed : together) {
            followed.remove(feed);
            byChannel.remove(key(feed), feed);
            add(command, kind, feed.names().channel(), null);
        }
        if (apart) {
            add(command, kind, memberChannel(together), null);
        }
        return command;
    }

    private void add(CommandArguments command, String kind, String channel, @Nullable RegionFeed feed) {
        command.add(channel);
        awaited.add(new Awaited(kind, channel, feed, nanoTime.getAsLong()));
    }

    private static ByteBuffer key(RegionFeed feed) {
        return ByteBuffer.wrap(feed.names().channel().getBytes(StandardCharsets.UTF_8));
    }

    // ---- receiving thread

    /** How many acknowledgements are outstanding. */
    int outstanding() {
        return awaited.size();
    }

    /** The region whose records a channel carries, or null: it may have left meanwhile. */
    @Nullable
    RegionFeed feed(byte[] channel) {
        return byChannel.get(ByteBuffer.wrap(channel));
    }

    /**
     * Takes in a message that has no payload. Returns null if it acknowledges no command of this connection.
     *
     * @throws BusException if the server ended a subscription
     */
    @Nullable
    Acknowledged acknowledged(List<?> message) {
        String kind = RedisConnection.asText(message.get(0));
        Awaited next = awaited.peek();
        if (next != null && next.kind.equals(kind) && next.channel.equals(RedisConnection.asText(message.get(1)))) {
            awaited.remove();
            return new Acknowledged(next.feed);
        }
        if ("sunsubscribe".equals(kind)) {
            throw new BusException("a slot moved to another node");
        }
        return null;
    }

    /**
     * Throws if the server left a command without an acknowledgement for longer than a time.
     *
     * @param asOfNanos when something began that the server answered after all that it has acknowledged
     */
    void requireAcknowledgements(long asOfNanos, long timeoutNanos) {
        Awaited next = awaited.peek();
        if (next != null && asOfNanos - next.sentNanos > timeoutNanos) {
            throw new BusException(
                    "the server at " + connection.node() + " did not acknowledge the subscription in time");
        }
    }
}

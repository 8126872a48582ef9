package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.schema.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The subscribed connection to a node. {@link #run} is the receiving thread: it finds the node, subscribes, reads, and passes
 * each message to its region's {@link RegionFeed}, which evicts on this thread. Any thread may call {@link #giveUp} and {@link
 * #abort}.
 *
 * <p>Regions come and go while it is subscribed: the link's state says which there are, and {@link #refresh} sends the
 * difference. A connection that is made meanwhile subscribes to what there is then.
 */
final class NodeSubscription {

    private static final Logger LOG = LoggerFactory.getLogger(NodeSubscription.class);

    /** What the subscription needs done by others. Nothing here waits for Redis. */
    interface Owner {
        /**
         * The master of these regions is another node now. They no longer belong to this subscription.
         *
         * @param orphans regions that have no master now
         */
        void rehome(Map<HostAndPort, List<RegionFeed>> byMaster, List<RegionFeed> orphans);

        /** Makes this subscription the one that leads to a node. Returns false if another one does, which takes regions in. */
        boolean settle(HostAndPort node);

        /** The subscription to this node is about to be made. */
        void subscribing(HostAndPort node);

        /** These regions are subscribed to, or about to be. Called on the control thread as well. */
        void covers(List<RegionGroup> groups);

        /** Returns when a heartbeat began, or null if it is not this link's or is forgotten. */
        FeedLink.@Nullable Beat beat(long heartbeat);

        /** Somebody asks about a region. */
        void asked(MemberMessage.Question question);
    }

    /** Where faults of the configuration are met; the node follows. */
    private static final String PLACE = "subscription to ";

    private final FollowContext context;
    private final LinkState state;
    private final Owner owner;
    private final Backoff backoff = new Backoff();

    /** Audited while commands are written to the subscribed connection, which takes at most the write timeout. */
    private final Object sending = new Object();

    /** What the connection is subscribed to; null if there is none. Under the lock. */
    private @Nullable SubscribedChannels channels;

    private volatile @Nullable RedisConnection connection;
    private volatile String giveUpReason = "";

    /** Why there is no subscription, as it was logged last; the receiving thread's. */
    private String toldWhy = "";

    NodeSubscription(FollowContext context, LinkState state, Owner owner) {
        this.context = context;
        this.state = state;
        this.owner = owner;
    }

    // ---- any thread

    /** Closes the connection; the receiving thread opens another. */
    void giveUp(String why) {
        giveUpReason = why;
        abort();
    }

    /** Closes the connection and wakes the receiving thread where it reads. */
    void abort() {
        RedisConnection current = connection;
        if (current != null) {
            current.abort();
        }
    }

    // ---- control thread

    /** Subscribes to the regions that were added to the link, and ends the subscriptions of those that left it. */
    void refresh() {
        synchronized (sending) {
            SubscribedChannels current = channels;
            if (current != null) {
                try {
                    owner.covers(current.follow(state.feeds()));
                } catch (JedisException e) {
                    // Until the next subscription: a heartbeat would write the row of a region that left.
                    owner.covers(List.of());
                    giveUp("the subscription cannot be changed: " + RedisErrors.withRootMessage(e));
                }
            }
        }
    }

    // ---- receiving thread

    /** Receives until the link is closed, or its last region moved to another node. */
    void run() {
        while (!state.isOver()) {
            try {
                HostAndPort node = findNode();
                if (node == null) {
                    if (state.closeIfEmpty()) {
                        break;
                    }
                    continue; // regions came meanwhile
                }
                follow(node);
            } catch (JedisException | BusException | ClassCastException e) {
                note(e);
                lost(giveUpReason.isEmpty() ? RedisErrors.withRootMessage(e) : giveUpReason);
            } catch (LinkageError e) {
                state.broken(context.connector().faults().broken(e));
            } catch (RuntimeException | Error e) {
                // Without this thread nobody follows the regions any more.
                LOG.error("the receiving thread failed because of a bug and starts over", e);
                lost(RedisErrors.withRootMessage(e));
            }
            if (state.broken() == null) {
                context.topology().refresh();
                state.pause(backoff.nextMillis());
            }
        }
        lost(Objects.requireNonNullElse(state.broken(), "closed"));
    }

    /**
     * Finds the node to subscribe to, and gives away the regions of other nodes. Returns null if there is no region left.
     *
     * @throws BusException if no region has a master
     */
    private @Nullable HostAndPort findNode() {
        while (true) {
            List<RegionFeed> feeds = state.feeds();
            if (feeds.isEmpty()) {
                return null;
            }
            if (!context.topology().hasSlots()) {
                HostAndPort master =
                        context.topology().masterOf(feeds.get(0).names().head());
                state.settle(master);
                return master;
            }
            HostAndPort own = place(feeds);
            if (own == null || new HashSet<>(feeds).containsAll(state.feeds())) {
                return own;
            }
            // Before this link settled, regions came whose masters are not known.
        }
    }

    /**
     * Settles at a master of these regions and gives away those of other masters.
     *
     * @return the master; null if all are given away, because another subscription leads there
     */
    private @Nullable HostAndPort place(List<RegionFeed> feeds) {
        Map<HostAndPort, List<RegionFeed>> byMaster = new LinkedHashMap<>();
        List<RegionFeed> orphans = new ArrayList<>();
        BusException why = null;
        for (RegionFeed feed : feeds) {
            try {
                HostAndPort its = context.topology().masterOf(feed.names().head());
                byMaster.computeIfAbsent(its, node -> new ArrayList<>()).add(feed);
            } catch (BusException e) {
                why = e;
                orphans.add(feed);
            }
        }
        if (why != null && byMaster.isEmpty()) {
            throw why;
        }
        HostAndPort before = state.node();
        // Most regions stay where they are.
        HostAndPort own = before != null && byMaster.containsKey(before)
                ? before
                : byMaster.keySet().iterator().next();
        if (owner.settle(own)) {
            byMaster.remove(own);
        } else {
            own = null;
        }
        if (!byMaster.isEmpty() || !orphans.isEmpty()) {
            // A region that is not here any more is not followed any more.
            byMaster.values().forEach(regions -> regions.removeIf(feed -> !state.remove(feed)));
            orphans.removeIf(feed -> !state.remove(feed));
            owner.rehome(byMaster, orphans);
        }
        return own;
    }

    private void follow(HostAndPort node) {
        giveUpReason = "";
        RedisConnection fresh = context.connector().open(node, context.config().silence());
        connection = fresh;
        if (state.isOver()) {
            fresh.abort();
        }
        SubscribedChannels subscribing = new SubscribedChannels(
                fresh,
                context.memberId(),
                context.topology().hasSlots(),
                context.topology().hasShardedChannels(),
                context.time()::nanoTime);
        owner.subscribing(node);
        synchronized (sending) {
            channels = subscribing;
            owner.covers(subscribing.follow(state.feeds()));
        }
        List<RegionFeed> subscribed = awaitAcknowledgements(fresh, subscribing);
        context.connector().faults().mended(PLACE + node);
        if (!state.isMisconfigured()) {
            LOG.info("subscribed to {} region(s) on {}", subscribed.size(), node);
        }
        context.listener().connected(node.toString());
        state.isSubscribed(true);
        subscribed.forEach(RegionFeed::subscribed);
        receiveFrom(fresh, subscribing);
    }

    /** Waits until the first commands are acknowledged. What else comes meanwhile is covered by the heads that come later. */
    private List<RegionFeed> awaitAcknowledgements(RedisConnection fresh, SubscribedChannels subscribing) {
        List<RegionFeed> subscribed = new ArrayList<>();
        for (int outstanding = subscribing.outstanding(); outstanding > 0; ) {
            List<?> message = fresh.message();
            SubscribedChannels.Acknowledged acknowledged =
                    message.get(2) instanceof byte[] ? null : subscribing.acknowledged(message);
            if (acknowledged != null) {
                outstanding--;
                if (acknowledged.feed() != null) {
                    subscribed.add(acknowledged.feed());
                }
            } else {
                subscribing.requireAcknowledgements(context.time().nanoTime(), acknowledgementTimeoutNanos());
            }
        }
        return subscribed;
    }

    private long acknowledgementTimeoutNanos() {
        return context.connector().commandTimeout().toNanos();
    }

    private void receiveFrom(RedisConnection subscribed, SubscribedChannels its) {
        while (!state.isOver()) {
            List<?> message = subscribed.message();
            if (!(message.get(2) instanceof byte[] payload)) {
                // An acknowledgement. Or the server ends a sharded subscription because the slot moved.
                SubscribedChannels.Acknowledged acknowledged = its.acknowledged(message);
                if (acknowledged != null && acknowledged.feed() != null) {
                    acknowledged.feed().subscribed();
                }
                continue;
            }
            RegionFeed feed = its.feed((byte[]) message.get(1));
            if (feed != null) {
                feed.receive(payload);
            } else {
                receiveOwn(payload, its);
            }
        }
    }

    /** This member's own channel carries the answers to its heartbeats, and questions. */
    private void receiveOwn(byte[] payload, SubscribedChannels its) {
        MemberMessage message = MemberMessage.parse(payload);
        if (message instanceof MemberMessage.Heads heads) {
            FeedLink.Beat beat = owner.beat(heads.heartbeat());
            if (beat != null) {
                // Not by when this thread reads it: a reader may have held it up.
                its.requireAcknowledgements(beat.nanoTime(), acknowledgementTimeoutNanos());
            }
            // Only an answer proves the connection useful: a server that refuses heartbeats is retried ever more
            // slowly.
            backoff.reset();
            toldWhy = "";
            state.isMisconfigured(false);
            state.trouble(null);
            for (RegionFeed feed : state.feeds()) {
                Position at = heads.positions().get(feed.region());
                if (at != null) {
                    feed.head(new Head(heads.heartbeat(), at, heads.runId()));
                }
            }
        } else if (message instanceof MemberMessage.Question question) {
            owner.asked(question);
        }
    }

    private void note(RuntimeException e) {
        if (e instanceof JedisDataException refusal && RedisErrors.isMisconfigured(refusal)) {
            context.connector()
                    .faults()
                    .met(PLACE + state.node(), "Redis at " + state.node() + " refuses: " + refusal.getMessage());
        }
    }

    private void lost(String why) {
        boolean wasSubscribed = state.isSubscribed();
        state.isSubscribed(false);
        synchronized (sending) {
            channels = null;
        }
        RedisConnection current = connection;
        connection = null;
        if (current != null) {
            current.closeQuietly();
        }
        state.feeds().forEach(RegionFeed::disconnected);
        if (!state.isClosed()) {
            state.trouble(why);
            String where = String.valueOf(state.node());
            if (toldWhy.equals(why) || state.broken() != null) {
                LOG.debug("no subscription to {}, as is known: {}", where, why);
            } else if (wasSubscribed && !state.isMisconfigured()) {
                LOG.warn("the subscription to {} is lost: {}", where, why);
            } else {
                LOG.info("no subscription to {} yet: {}", where, why);
            }
            toldWhy = why;
            context.listener().disconnected(where, why);
        }
    }
}

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.Callbacks;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.schema.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/** The subscriber of a process: its regions, and a {@link NodeLink} for each node that they live on. */
public final class RedisSubscriber implements Subscriber, NodeLink.Owner {

    private final FollowContext context;
    private final GuardedSubscriberListener listener;
    private final Map<String, RegionFeed> feeds = new LinkedHashMap<>();
    private final List<NodeLink> links = new ArrayList<>();
    private boolean isClosed;
    private volatile boolean hasCaughtUp;

    private RedisSubscriber(FollowContext context, GuardedSubscriberListener listener) {
        this.context = context;
        this.listener = listener;
    }

    /** Starts to follow the regions. It connects in the background, so it does not fail if Redis is unavailable. */
    public static RedisSubscriber start(
            SubscriberConfig config,
            Map<String, ? extends RegionReader> readers,
            SubscriberListener listener,
            TimeSource time) {
        if (readers.isEmpty()) {
            throw new IllegalArgumentException("a subscriber follows at least one region");
        }
        readers.forEach(RedisSubscriber::requireRegion);
        RedisConnector connector = new RedisConnector(config.redis(), config.name(), ConfigurationFaults.logged(time));
        String memberId = Position.formatEpoch(ThreadLocalRandom.current().nextLong());
        GuardedSubscriberListener guarded = new GuardedSubscriberListener(listener);
        RedisSubscriber subscriber = new RedisSubscriber(
                new FollowContext(connector, Topologies.of(connector), config, memberId, guarded, time), guarded);
        try {
            readers.forEach((region, reader) -> subscriber.feeds.put(
                    region,
                    new RegionFeed(
                            connector.namespace().region(region),
                            reader,
                            guarded,
                            time,
                            config.bufferMaximumRecords(),
                            Callbacks.POOL)));
        } catch (RuntimeException e) {
            subscriber.feeds.values().forEach(RegionFeed::detach); // those before the one that was refused
            throw e;
        }
        // All regions start on one link. If they live on several nodes, it gives the others away.
        subscriber.startLink(List.copyOf(subscriber.feeds.values()));
        return subscriber;
    }

    /** A reader under another region's name would be confirmed, and never hear of its own region's changes. */
    private static void requireRegion(String region, RegionReader reader) {
        String own = reader.region();
        if (own != null && !own.equals(region)) {
            throw new IllegalArgumentException("the reader of region \"" + own + "\" cannot follow region \"" + region
                    + "\": give it under its own name, or build one for \"" + region + "\"");
        }
    }

    private synchronized void startLink(List<RegionFeed> regions) {
        NodeLink link = new NodeLink(context, regions, this);
        links.add(link);
        link.start();
    }

    @Override
    public synchronized void rehome(
            NodeLink from, Map<HostAndPort, List<RegionFeed>> byMaster, List<RegionFeed> orphans) {
        if (isClosed) {
            return;
        }
        links.removeIf(link -> link != from && link.isEmpty());
        byMaster.forEach((master, regions) -> {
            NodeLink there = linkTo(master, from);
            if (there == null) {
                startLink(regions);
            } else {
                there.add(regions);
            }
        });
        if (!orphans.isEmpty()) {
            startLink(orphans); // it looks for their masters, while the others are followed
        }
    }

    @Override
    public synchronized boolean isFollowedElsewhere(NodeLink from, HostAndPort node) {
        return linkTo(node, from) != null;
    }

    private @Nullable NodeLink linkTo(HostAndPort master, NodeLink other) {
        for (NodeLink link : links) {
            if (link != other && master.equals(link.node()) && !link.isEmpty()) {
                return link;
            }
        }
        return null;
    }

    @Override
    public RegionSubscription region(String region) {
        RegionFeed feed = feeds.get(region);
        if (feed == null) {
            throw new IllegalArgumentException("this subscriber does not follow region " + region);
        }
        return feed.progress();
    }

    @Override
    public Map<String, RegionSubscription> regions() {
        Map<String, RegionSubscription> regions = new LinkedHashMap<>();
        feeds.forEach((region, feed) -> regions.put(region, feed.progress()));
        return Map.copyOf(regions);
    }

    @Override
    public String memberId() {
        return context.memberId();
    }

    @Override
    public long listenerFailures() {
        return listener.failures();
    }

    @Override
    public long readerFailures() {
        return feeds.values().stream().mapToLong(RegionFeed::readerFailures).sum();
    }

    @Override
    public boolean isCaughtUp() {
        if (!hasCaughtUp) {
            hasCaughtUp = feeds.values().stream()
                    .allMatch(feed -> feed.progress().confirmation().confirmedAtMicros() != 0);
        }
        return hasCaughtUp;
    }

    @Override
    public @Nullable String misconfiguration() {
        return context.connector().faults().current();
    }

    @Override
    public RedisTime time(String region) {
        return Objects.requireNonNull(feeds.get(region), "region").progress().redisTime();
    }

    @Override
    public void close() {
        List<NodeLink> closing;
        synchronized (this) {
            if (isClosed) {
                return; // the readers may be another subscriber's by now
            }
            isClosed = true;
            closing = List.copyOf(links);
            links.clear();
        }
        closing.forEach(NodeLink::close);
        feeds.values().forEach(RegionFeed::detach);
    }
}

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.bus.internal.thread.Callbacks;
import dev.freshet.schema.Position;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subscriber of a process: its regions, which come and go, and the {@link NodeLinks} that they are followed over. */
public final class RedisSubscriber implements Subscriber {

    private static final Logger LOG = LoggerFactory.getLogger(RedisSubscriber.class);

    private final FollowContext context;
    private final GuardedSubscriberListener listener;

    /** Changes under this object's lock. */
    private final Map<String, RegionFeed> feeds = new ConcurrentHashMap<>();

    /** Regions whose reader is being attached, which is not done under this object's lock: readers are foreign code. */
    private final Set<String> attaching = new HashSet<>();

    private final NodeLinks links;
    private boolean isClosed;

    /** Regions that are about to be left. Under this object's lock. */
    private final Set<RegionFeed> leaving = new HashSet<>();

    /** How many calls of readers failed whose regions were left, so that the sum never falls. Under this object's lock. */
    private long failuresOfLeft;

    private RedisSubscriber(FollowContext context, GuardedSubscriberListener listener) {
        this.context = context;
        this.listener = listener;
        this.links = new NodeLinks(context);
    }

    /** Starts to follow the regions. It connects in the background, so it does not fail if Redis is unavailable. */
    public static RedisSubscriber start(
            SubscriberConfig config,
            Map<String, ? extends RegionReader> readers,
            SubscriberListener listener,
            TimeSource time) {
        readers.forEach(RedisSubscriber::requireRegion);
        RedisConnector connector = new RedisConnector(config.redis(), config.name(), ConfigurationFaults.logged(time));
        String memberId = Position.formatEpoch(ThreadLocalRandom.current().nextLong());
        GuardedSubscriberListener guarded = new GuardedSubscriberListener(listener);
        RedisSubscriber subscriber = new RedisSubscriber(
                new FollowContext(connector, Topologies.of(connector), config, memberId, guarded, time), guarded);
        try {
            readers.forEach((region, reader) -> subscriber.feeds.put(region, subscriber.attach(region, reader)));
        } catch (RuntimeException e) {
            subscriber.feeds.values().forEach(RegionFeed::detach); // those before the one that was refused
            throw e;
        }
        if (!subscriber.feeds.isEmpty()) {
            subscriber.links.follow(List.copyOf(subscriber.feeds.values()));
        }
        return subscriber;
    }

    private RegionFeed attach(String region, RegionReader reader) {
        return new RegionFeed(
                context.connector().namespace().region(region),
                reader,
                context.listener(),
                context.time(),
                context.config().bufferMaximumRecords(),
                Callbacks.POOL);
    }

    /** A reader under another region's name would be confirmed, and never hear of its own region's changes. */
    private static void requireRegion(String region, RegionReader reader) {
        String own = reader.region();
        if (own != null && !own.equals(region)) {
            throw new IllegalArgumentException("the reader of region \"" + own + "\" cannot follow region \"" + region
                    + "\": give it under its own name, or build one for \"" + region + "\"");
        }
    }

    // ---- regions come and go

    @Override
    public RegionSubscription follow(String region, RegionReader reader) {
        requireRegion(region, reader);
        begin(region);
        RegionFeed feed = null;
        try {
            feed = attach(region, reader);
        } finally {
            if (feed == null) {
                abandon(region);
            }
        }
        if (!take(region, feed)) {
            feed.detach();
            throw closed(region);
        }
        return feed.progress();
    }

    private synchronized void begin(String region) {
        if (isClosed) {
            throw closed(region);
        }
        if (feeds.containsKey(region) || !attaching.add(region)) {
            throw new IllegalStateException(
                    "this subscriber follows region \"" + region + "\" already: call unfollow first");
        }
    }

    private synchronized void abandon(String region) {
        attaching.remove(region);
    }

    /** Returns false if the subscriber was closed meanwhile. */
    private synchronized boolean take(String region, RegionFeed feed) {
        attaching.remove(region);
        if (isClosed) {
            return false;
        }
        feeds.put(region, feed);
        links.follow(List.of(feed));
        return true;
    }

    private static IllegalStateException closed(String region) {
        return new IllegalStateException(
                "this subscriber is closed and cannot follow region \"" + region + "\": connect another");
    }

    @Override
    public boolean unfollow(String region) {
        if (BusThread.isCurrent()) {
            throw new IllegalStateException(
                    "unfollow waits for the threads of the bus, so that listeners and readers must not"
                            + " call it on one of them: "
                            + Thread.currentThread().getName());
        }
        long deadlineNanos =
                System.nanoTime() + context.connector().commandTimeout().toNanos();
        RegionFeed feed;
        CompletableFuture<Void> gone;
        synchronized (this) {
            feed = isClosed ? null : feeds.remove(region);
            if (feed == null) {
                return false;
            }
            leaving.add(feed);
            feed.leave();
            gone = links.leave(feed);
        }
        feed.detach(deadlineNanos - System.nanoTime());
        await(gone, deadlineNanos);
        forget(feed);
        return true;
    }

    private synchronized void forget(RegionFeed feed) {
        leaving.remove(feed);
        failuresOfLeft += feed.readerFailures();
    }

    private static void await(CompletableFuture<Void> gone, long deadlineNanos) {
        try {
            gone.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.debug("Redis does not answer; the member's row goes later, or ages");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a link completes this normally", e);
        }
    }

    // ---- looking at them

    @Override
    public RegionSubscription region(String region) {
        return progressOf(region);
    }

    private RegionProgress progressOf(String region) {
        RegionFeed feed = feeds.get(region);
        if (feed == null) {
            throw new IllegalArgumentException("this subscriber does not follow region " + region);
        }
        return feed.progress();
    }

    @Override
    public Map<String, RegionSubscription> regions() {
        Map<String, RegionSubscription> regions = new HashMap<>();
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
    public synchronized long readerFailures() {
        return failuresOfLeft
                + Stream.concat(feeds.values().stream(), leaving.stream())
                        .mapToLong(RegionFeed::readerFailures)
                        .sum();
    }

    @Override
    public boolean isCaughtUp() {
        return feeds.values().stream()
                .allMatch(feed -> feed.progress().confirmation().confirmedAtMicros() != 0);
    }

    @Override
    public @Nullable String misconfiguration() {
        return context.connector().faults().current();
    }

    @Override
    public RedisTime time(String region) {
        return progressOf(region).redisTime();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return; // the readers may be another subscriber's by now
            }
            isClosed = true;
        }
        links.close();
        feeds.values().forEach(RegionFeed::detach);
    }
}

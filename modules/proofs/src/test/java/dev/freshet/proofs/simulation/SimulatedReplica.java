package dev.freshet.proofs.simulation;

import dev.freshet.bus.SubscriberListener;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.simulation.Source.Row;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A service replica: the production cache, fed by the production feed, and an application that loads on a miss. The
 * steps of its connection follow the production's NodeLink.
 */
final class SimulatedReplica implements SimulatedSubscription.Connection {

    /**
     * What is cached: a row, how many resets there had been when its load began, or when it came from Redis, and whether it did:
     * then another replica may have loaded it.
     */
    record Stored(Row row, int resets, boolean isFromRedis) {}

    /** For a replica whose region has no tier. */
    static final int NO_TIER = -1;

    private record PageRequest(long ticket, long from, long upTo) {}

    static final long GONE_AFTER_MICROS = 10_000_000;

    private static final Duration SPREAD = Duration.ofMillis(400);
    private static final int BUFFER_RECORDS = 5;
    private static final int PAGE_RECORDS = 3;
    private static final long UNKNOWN_BEAT = 4_711_000;

    final String name;
    final VirtualClock clock;
    private final World world;
    private final Promises promises;
    private final RegionCache<Stored> cache;
    private final @Nullable CachedRegion<Stored> region;
    private final @Nullable RegionLoads regionLoads;
    private final @Nullable SimulatedTier tier;
    private final LeasedLoads leasedLoads;
    private final CheckedReader reader;
    private final PositionWaits waits;
    private final SimulatedSubscription subscription;
    private final boolean bypasses;

    private final Deque<Long> beats = new ArrayDeque<>();
    private final Deque<PageRequest> pages = new ArrayDeque<>();
    private final Map<Long, RedisModel> serverOfBeat = new HashMap<>();
    private @Nullable Node node;
    private @Nullable Wire wire;
    private long lastByteMicros;
    private @Nullable String giveUp;

    /** What a promise that was broken in a callback was. */
    private @Nullable Breach breach;

    boolean isFrozen;

    /** What may be configured of a replica beyond its promises. */
    record Policies(boolean bypasses, boolean spreadsResets, boolean evictsAgain, boolean failSafe) {
        static final Policies BYPASS = new Policies(true, false, false, false);
        static final Policies SERVE = new Policies(false, false, false, false);
    }

    SimulatedReplica(World world, String name, Policies policies, int codecVersion) {
        this.world = world;
        this.name = name;
        this.clock = new VirtualClock(world);
        this.bypasses = policies.bypasses;
        this.promises = new Promises(world, this);
        this.cache = RegionCache.<Stored>builder(World.REGION)
                .maximumEntries(100)
                .maximumBroadInvalidations(world.maximumBroadInvalidations)
                .maximumLeases(10)
                .leaseTtl(Duration.ofSeconds(5))
                .unconfirmed(
                        policies.bypasses ? UnconfirmedPolicy.BYPASS : UnconfirmedPolicy.SERVE,
                        Duration.ofNanos(World.BOUND_MICROS * 1_000))
                .resetSpread(policies.spreadsResets ? SPREAD : Duration.ZERO)
                .evictAgainAfter(policies.evictsAgain ? Duration.ofMillis(80) : Duration.ZERO)
                .failSafe(policies.failSafe ? Duration.ofSeconds(2) : Duration.ZERO)
                .time(clock)
                .sweptByOwner()
                .build();
        this.tier = codecVersion == NO_TIER ? null : new SimulatedTier(world, name);
        this.region = tier == null
                ? null
                : CachedRegion.over(cache)
                        .tier(tier.region(clock), new RowCodec(codecVersion, this, promises, tier))
                        .oneLoadAcrossReplicas(RegionLoads.LONGEST_WAIT)
                        .build();
        this.regionLoads = region == null ? null : new RegionLoads(this, region, promises, world, policies.failSafe);
        this.leasedLoads = new LeasedLoads(this, cache, region, promises, world);
        this.reader = new CheckedReader(this, region == null ? cache : region, promises, world);
        this.subscription = new SimulatedSubscription(
                World.REGION,
                name,
                reader,
                new SubscriberListener() {
                    @Override
                    public void refused(String region, Decoded.Refusal refusal) {
                        reader.sawUnreadable();
                    }
                },
                clock,
                BUFFER_RECORDS,
                this);
        this.waits = new PositionWaits(this, subscription.subscription(), world);
        if (region != null) {
            region.followedBy(subscription.subscription());
        }
    }

    /** So many of the next calls of its reader fail. */
    void failReader(int calls) {
        reader.failNext(calls);
    }

    boolean bypasses() {
        return bypasses;
    }

    boolean isConnected() {
        return wire != null;
    }

    SimulatedSubscription subscription() {
        return subscription;
    }

    long confirmedAgeNanos() {
        return cache.confirmedAgeNanos();
    }

    @Nullable
    RedisModel commandServer() {
        return node == null ? null : node.server;
    }

    /** The server that the last confirmation came from. */
    @Nullable
    RedisModel confirmingServer() {
        return serverOfBeat.get(subscription.confirmedBeat());
    }

    // ---- the connection

    void connect(Node to) {
        RedisModel server = to.server;
        if (wire != null || server == null) {
            return;
        }
        world.trace(name + " subscribes to " + server + " at " + to);
        node = to;
        wire = new Wire(server, Set.of(subscription.channel(), subscription.memberChannel()));
        server.subscribe(wire);
        lastByteMicros = world.nowMicros();
        subscription.subscribed();
    }

    void disconnect(String why) {
        Wire current = wire;
        giveUp = null;
        if (current != null) {
            world.trace(name + " is disconnected: " + why);
            current.server.unsubscribe(current);
            wire = null;
            subscription.disconnected();
        }
    }

    void deliver(int atMost) {
        for (int i = 0; i < atMost && wire != null; i++) {
            Wire.Message message = wire.receive();
            if (message == null) {
                break;
            }
            lastByteMicros = world.nowMicros();
            promises.heard(message.disruptions());
            if (message.channel().equals(subscription.memberChannel())) {
                subscription.receiveOwn(message.payload());
            } else {
                subscription.receive(message.payload());
            }
            obey();
        }
        if (wire != null && wire.hasEnded()) {
            disconnect("end of stream");
        }
    }

    /** A part of a large message arrives: bytes flow, though nothing is complete. */
    void trickle() {
        lastByteMicros = world.nowMicros();
    }

    /** A message as the member's own channel carries it says that all is well; no heartbeat asked for it. */
    void hearForgedAnswer() {
        Position position = subscription.subscription().position();
        if (wire != null && position != null) {
            wire.send(
                    subscription.memberChannel(),
                    SimulatedSubscription.answer(UNKNOWN_BEAT, wire.server.runId, World.REGION, position));
        }
    }

    void lookForSilence() {
        if (wire != null && world.nowMicros() - lastByteMicros > World.SILENCE_MICROS) {
            disconnect("silence");
        }
    }

    @Nullable
    Wire wire() {
        return wire;
    }

    void beginBeat() {
        if (wire != null && beats.size() < 20) {
            beats.add(subscription.beginBeat());
        }
    }

    void runBeat() {
        Long beat = beats.poll();
        RedisModel server = commandServer();
        if (beat == null || wire == null || server == null) {
            return;
        }
        subscription.sampleClock(server.runId, server.timeMicros());
        try {
            List<?> reply = (List<?>) world.run(server, subscription.heartbeat(beat, server.runId, GONE_AFTER_MICROS));
            serverOfBeat.put(beat, server);
            world.trace(name + " runs heartbeat " + beat + " on " + server + ": " + reply);
            if (!"ok".equals(reply.get(0))) {
                disconnect("not a master");
            }
        } catch (RedisError e) {
            world.trace(name + "'s heartbeat fails: " + e.getMessage());
        }
    }

    void readPage() {
        PageRequest request = pages.poll();
        if (request == null || wire == null) {
            return;
        }
        RedisModel server = commandServer();
        if (server == null) {
            disconnect("the log cannot be read");
            return;
        }
        List<List<Object>> page = server.range(subscription.log(), request.from + 1, request.upTo, PAGE_RECORDS);
        world.trace(
                name + " reads " + (page == null ? "no log" : page.size() + " records") + " behind " + request.from);
        promises.readPage(page, request.from, request.upTo);
        subscription.page(request.ticket, page);
        obey();
    }

    boolean hasPages() {
        return !pages.isEmpty();
    }

    private void obey() {
        waits.end();
        String why = giveUp;
        if (why != null) {
            disconnect(why);
        }
    }

    @Override
    public void beatNow() {
        beginBeat();
    }

    @Override
    public void replay(long ticket, long fromSequence, long upToSequence) {
        pages.clear();
        pages.add(new PageRequest(ticket, fromSequence, upToSequence));
    }

    @Override
    public void resubscribe(String why) {
        giveUp = why;
    }

    // ---- the application

    /** Reads a key, and begins to load it where it is missing. */
    void read(String key, boolean readsRowNow, int lag) {
        leasedLoads.read(key, readsRowNow, lag);
        throwBreach();
    }

    void finishLoad(SplittableRandom random) {
        leasedLoads.finish(random);
    }

    void storeWithoutLease(String key, int versionsOld) {
        leasedLoads.storeOlder(key, versionsOld);
    }

    void loadLagging(String key) {
        leasedLoads.storeLagging(key);
        runTier(10, false);
    }

    void awaitPosition(World.Awaited awaited) {
        waits.await(awaited);
    }

    /** A future keeps what its callbacks throw. */
    void noteBreach(Runnable callback) {
        try {
            callback.run();
        } catch (Breach breached) {
            breach = breached;
        }
    }

    /** Reads every key, as its readers may at any moment. */
    void readAll() {
        for (String key : world.source.keys()) {
            cache.find(key).ifPresent(promises::read);
        }
    }

    Row row(String key, int lag) {
        return Source.isVersioned(key) ? world.source.readLagging(key, lag) : world.source.read(key);
    }

    /** Gets a key through its region, which loads what is missing in no replica. */
    void get(String key, boolean readsRowNow, int lag) {
        if (regionLoads != null) {
            regionLoads.get(key, readsRowNow, lag);
            throwBreach();
        }
    }

    /** One of its region's own loads ends. */
    void finishRegionLoad(SplittableRandom random) {
        if (regionLoads != null) {
            regionLoads.finish(random);
            throwBreach();
        }
    }

    void finishRegionLoads() {
        if (regionLoads != null) {
            regionLoads.finishAll();
            throwBreach();
        }
    }

    void requireRegionLoadsEnded() {
        if (regionLoads != null) {
            regionLoads.requireEnded();
        }
    }

    /** Whoever was told that something is applied here must not read what is older. */
    void requireApplied(World.Awaited awaited) {
        for (Change change : awaited.changes()) {
            change.versions.forEach((key, version) -> {
                if (!Source.isVersioned(key)) {
                    cache.find(key).ifPresent(hit -> promises.readAwaited(hit, change, version, awaited.position()));
                }
            });
        }
    }

    void sweep() {
        cache.sweep();
    }

    // ---- its tier

    /** Runs calls of its tier that wait; with the last answer lost. */
    void runTier(int atMost, boolean lastIsLost) {
        if (tier != null) {
            for (int i = 0; i < atMost && !tier.isIdle(); i++) {
                tier.run(lastIsLost && i == atMost - 1);
                throwBreach();
            }
            if (regionLoads != null) {
                regionLoads.look();
            }
        }
    }

    /** A call of its tier takes longer than its caller waits; one that did so before is run. */
    void delayTier() {
        if (tier != null) {
            tier.runLate();
            tier.giveUp();
            throwBreach();
        }
    }

    /** A call of its tier is lost on the way. */
    void loseTierCall() {
        if (tier != null) {
            tier.giveUp();
        }
    }

    boolean hasTier() {
        return tier != null;
    }

    /** Its tier connects to a node, whoever is the master. */
    void connectTier(Node to) {
        if (tier != null) {
            tier.connectTo(to);
        }
    }

    /** Evicts here, and in Redis. */
    void evict(String key) {
        if (region != null) {
            var unused = region.invalidate(Selector.keys(key));
        }
    }

    long unconfirmedEvictions() {
        return region == null ? 0 : region.stats().evictionsPending();
    }

    private void throwBreach() {
        Breach current = breach;
        if (current != null) {
            breach = null;
            throw current;
        }
    }

    /** What the cache returns for a key, once nothing is under way any more. */
    @Nullable
    Row peek(String key) {
        Stored stored = cache.getIfPresent(key);
        return stored == null ? null : stored.row();
    }

    @Override
    public String toString() {
        return name;
    }
}

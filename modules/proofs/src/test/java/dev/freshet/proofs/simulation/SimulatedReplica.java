package dev.freshet.proofs.simulation;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.ValueCodec;
import dev.freshet.proofs.simulation.Source.Row;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A service replica: the production cache, fed by the production feed, and an application that loads on a miss. The
 * steps of its connection follow the production's NodeLink.
 */
final class SimulatedReplica implements SimulatedSubscription.Connection {

    /** A load under way: under a lease of the cache, of a row that was read already, or is yet to be. */
    private record Load(String key, Lease lease, @Nullable Row row, int lag, int resets) {}

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
    private static final int MAX_LOADS = 12;
    private static final int MAX_WAITS = 5;

    /** In real time: longer than any simulation runs between two steps. */
    private static final Duration WAIT = Duration.ofSeconds(5);

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
    private final SimulatedSubscription subscription;
    private final boolean bypasses;

    private final List<Load> loads = new ArrayList<>();
    private final Deque<Long> beats = new ArrayDeque<>();
    private final Deque<PageRequest> pages = new ArrayDeque<>();
    private final Map<Long, RedisModel> serverOfBeat = new HashMap<>();
    private @Nullable Node node;
    private @Nullable Wire wire;
    private long lastByteMicros;
    private @Nullable String giveUp;

    /** What a promise that was broken in a callback was. */
    private @Nullable Breach breach;

    /** Something reached it that was no record it can read. */
    private boolean sawUnreadable;

    boolean isFrozen;

    /** So many of the next calls of its reader fail. */
    int failingCalls;

    /** A read that waits for a position, and what it is to see then. */
    private record PositionWait(CompletableFuture<Boolean> reached, World.Awaited awaited) {}

    private final List<PositionWait> positionWaits = new ArrayList<>();

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
                        .tier(tier.region(clock), new RowCodec(codecVersion))
                        .oneLoadAcrossReplicas(RegionLoads.LONGEST_WAIT)
                        .build();
        this.regionLoads = region == null ? null : new RegionLoads(this, region, promises, world, policies.failSafe);
        this.subscription = new SimulatedSubscription(
                World.REGION,
                name,
                new CheckedReader(),
                new SubscriberListener() {
                    @Override
                    public void refused(String region, Decoded.Refusal refusal) {
                        sawUnreadable = true;
                    }
                },
                clock,
                BUFFER_RECORDS,
                this);
        if (region != null) {
            region.followedBy(subscription.subscription());
        }
    }

    /** Rows as text, which only codecs of the same version can read. */
    private final class RowCodec implements ValueCodec<Stored> {
        private final int version;

        RowCodec(int version) {
            this.version = version;
        }

        @Override
        public byte[] encode(Stored value) {
            Row row = value.row();
            return (version + " " + row.key() + " " + row.version() + " " + String.join(",", row.tags()))
                    .getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Stored decode(byte[] bytes) {
            String[] words = new String(bytes, StandardCharsets.UTF_8).split(" ", -1);
            Set<String> tags = words[3].isEmpty() ? Set.of() : Set.of(words[3].split(",", -1));
            Row row = new Row(words[1], Long.parseLong(words[2]), tags);
            noteBreach(() -> {
                if (!words[0].equals(Integer.toString(version))) {
                    throw new Breach(
                            name + " finds a value of codec version " + words[0] + " under its own, " + version);
                }
                promises.foundInRedis(row, Objects.requireNonNull(tier).server());
            });
            return new Stored(row, promises.resets(), true);
        }

        @Override
        public int version() {
            return version;
        }
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
        endWaits();
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
        CachedRegion<Stored> tiered = region;
        if (tiered == null) {
            found(key, cache.lookup(key), readsRowNow, lag);
        } else {
            var unused = tiered.lookup(key).thenAccept(found -> noteBreach(() -> found(key, found, readsRowNow, lag)));
            throwBreach();
        }
    }

    /** A future keeps what its callbacks throw. */
    private void noteBreach(Runnable callback) {
        try {
            callback.run();
        } catch (Breach breached) {
            breach = breached;
        }
    }

    private void found(String key, Lookup<Stored> found, boolean readsRowNow, int lag) {
        if (found instanceof Lookup.Hit<Stored> hit) {
            promises.read(hit);
        } else if (found instanceof Lookup.Miss<Stored> miss && loads.size() < MAX_LOADS) {
            loads.add(new Load(key, miss.lease(), readsRowNow ? row(key, lag) : null, lag, promises.resets()));
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

    void finishLoad(SplittableRandom random) {
        if (loads.isEmpty()) {
            return;
        }
        Load load = loads.remove(random.nextInt(loads.size()));
        Row row = load.row == null ? row(load.key, load.lag) : load.row;
        StoreOptions options = StoreOptions.none().tags(row.tags());
        if (Source.isVersioned(load.key)) {
            options = options.version(row.version());
        }
        Stored stored = new Stored(row, load.resets, false);
        boolean asObject = random.nextBoolean();
        StoreResult result = region != null
                ? asObject
                        ? region.store(load.lease, stored, options)
                        : region.store(load.key, load.lease.token(), stored, options)
                : asObject
                        ? cache.store(load.lease, stored, options)
                        : cache.store(load.key, load.lease.token(), stored, options);
        if (result.isStored() && load.resets < promises.resets()) {
            throw new Breach(name + " stored " + row + " under a lease from before a reset");
        }
        world.trace(name + " stores " + row + ": " + result);
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

    /** Stores an older row without a lease, which the region refuses. */
    void storeWithoutLease(String key, int versionsOld) {
        Stored older = new Stored(world.source.readLagging(key, versionsOld), promises.resets(), false);
        cache.store(key, null, older, StoreOptions.none());
    }

    /** Reads once a position is reached, as a request with Min-Position does. */
    void awaitPosition(World.Awaited awaited) {
        if (positionWaits.size() < MAX_WAITS) {
            world.trace(name + " waits for " + awaited.position());
            positionWaits.add(
                    new PositionWait(subscription.subscription().awaitPosition(awaited.position(), WAIT), awaited));
            endWaits();
        }
    }

    private void endWaits() {
        for (PositionWait wait : List.copyOf(positionWaits)) {
            if (wait.reached.isDone()) {
                positionWaits.remove(wait);
                if (wait.reached.join()) {
                    world.trace(name + " has reached " + wait.awaited.position());
                    requireApplied(wait.awaited);
                }
            }
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

    /** Loads from a database that has not heard of the last change, and keeps what that brings. */
    void loadLagging(String key) {
        CachedRegion<Stored> tiered = Objects.requireNonNull(region);
        var unused = tiered.lookup(key).thenAccept(found -> {
            if (found instanceof Lookup.Miss<Stored> miss) {
                Row row = world.source.readLagging(key, 1);
                Stored stored = new Stored(row, promises.resets(), false);
                StoreResult result =
                        tiered.store(miss.lease(), stored, StoreOptions.none().tags(row.tags()));
                world.trace(name + " stores " + row + ", which lags: " + result);
            }
        });
        runTier(10, false);
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

    /** Hands the bus's orders on to the cache, and notes what that promises to readers. */
    private final class CheckedReader implements RegionReader {
        private RegionReader reader() {
            return region == null ? cache : region;
        }

        @Override
        public void attached(Confirmation confirmation, RedisTime time) {
            reader().attached(confirmation, time);
        }

        private void failIfTold(String what) {
            if (failingCalls > 0) {
                failingCalls--;
                world.trace(name + "'s reader fails " + what);
                throw new LinkageError("told to fail");
            }
        }

        @Override
        public void apply(LoggedRecord record) {
            if (failingCalls > 0) {
                promises.readerFailed();
            }
            failIfTold("at " + record.header().position());
            world.trace(name + " applies " + record.header().position() + " "
                    + record.body().invalidations().stream()
                            .map(invalidation -> invalidation.selector().toString())
                            .toList());
            reader().apply(record);
            promises.applied(record);
        }

        @Override
        public void reset(ResetReason reason) {
            failIfTold("to reset: " + reason);
            world.trace(name + " is reset: " + reason);
            reader().reset(reason);
            promises.reset(reason, sawUnreadable);
            sawUnreadable = false;
        }

        @Override
        public void joined() {
            failIfTold("to join");
            world.trace(name + " joins");
            reader().joined();
            promises.joined();
        }

        @Override
        public long count(List<Selector> selectors) {
            return reader().count(selectors);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}

package dev.freshet.proofs.resp;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.direct.MasterFinder;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.resp.Loops.Loop;
import dev.freshet.resp.client.PortContext;
import dev.freshet.resp.client.PortStats;
import dev.freshet.resp.commands.Classifier;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.CopyForm;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.local.KeyRule;
import dev.freshet.resp.tracking.Tracker;
import dev.freshet.resp.tracking.Tracking;
import dev.freshet.resp.upstream.CurrentMaster;
import dev.freshet.resp.upstream.Upstream;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A subscriber with its RESP port, the Redis behind it, and clients; and the promises, which are checked at every read of a copy. */
final class RespWorld implements TrackedRedis.Listener {

    static final long BOUND_MICROS = 300_000;
    static final int MAXIMUM_VALUE_BYTES = 24;

    private static final Duration HEARTBEAT = Duration.ofMillis(50);
    private static final Duration SILENCE = Duration.ofMillis(200);
    private static final String REGION = "users";

    /** @param connection the tracking connection that it was fetched on */
    private record Copy(Buffer bytes, long deadlineNanos, int connection) {}

    final Truth truth = new Truth();
    final Loops loops = new Loops(this::dial);
    final Loop trackerLoop = loops.add("tracker");
    final List<Link> links = new ArrayList<>();
    final List<RespClient> clients = new ArrayList<>();

    /** Connections of clients to the port, also those that clients have given up. */
    final List<Pipe> clientPipes = new ArrayList<>();

    final PortContext port;
    private final Tracking tracking;
    private final Confirmation logged;
    private final @Nullable List<String> trace;
    private final boolean tellsAfterAnswer;
    private final TimeSource clock = new Clock();
    private TrackedRedis official;
    private boolean isDown;
    private int servers;
    private int values;
    private int trackingConnections;
    private int trackingConnection;
    private long hits;

    /** The least state that a read of a copy may be of, by what Redis told. */
    private final Map<String, Integer> heard = new HashMap<>();

    /** The least state that a read may be of that is sent now, by writes that were answered. */
    private final Map<String, Integer> answered = new HashMap<>();

    /** How many times a write that was answered may have been lost. */
    private int losses;

    RespWorld(boolean tellsAfterAnswer, @Nullable List<String> trace) {
        this.trace = trace;
        this.tellsAfterAnswer = tellsAfterAnswer;
        this.official = startServer("history-1");
        RegionCache<Copy> cache = RegionCache.<Copy>builder(REGION)
                .maximumEntries(100)
                .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofNanos(BOUND_MICROS * 1_000))
                .time(clock)
                .sweptByOwner()
                .build();
        logged = new Confirmation(clock);
        cache.attached(logged, new SameTime());
        cache.joined();
        Copies<Copy> copies = new Copies<>(
                cache,
                new Form(),
                clock,
                MAXIMUM_VALUE_BYTES,
                UnconfirmedPolicy.BYPASS,
                Duration.ofNanos(BOUND_MICROS * 1_000));
        MasterFinder finder = MasterFinder.of(RedisConfig.of("redis://127.0.0.1:1"), "simulation");
        KeyMap keys =
                new KeyMap(finder.namespace(), List.of(new KeyRule("users", "user:*", REGION)), Map.of(REGION, copies));
        tracking = new Tracking(keys, clock);
        List<Upstream> made = new ArrayList<>();
        trackerLoop.run(() -> made.add(
                new Upstream(loops.vertx, new CurrentMaster(loops.vertx, finder, clock), Duration.ofSeconds(1))));
        Upstream upstream = made.get(0);
        port = new PortContext(
                upstream,
                tracking,
                keys,
                new Classifier(false),
                (region, selector) -> Future.failedFuture("no log here"),
                new PortStats(nanos -> {}, nanos -> {}),
                0,
                1_000_000);
        Tracker tracker = new Tracker(
                upstream,
                tracking,
                keys,
                finder.namespace(),
                clock,
                new Tracker.Rhythm(HEARTBEAT, SILENCE, Optional.empty()));
        tracker.init(loops.vertx, trackerLoop.context);
        trackerLoop.run(tracker::start);
        confirmLog();
    }

    private final class Clock implements TimeSource {
        @Override
        public long nanoTime() {
            return nowMicros() * 1_000;
        }

        @Override
        public long wallMicros() {
            return nowMicros();
        }
    }

    private final class SameTime implements RedisTime {
        @Override
        public long nowMicros() {
            return RespWorld.this.nowMicros();
        }

        @Override
        public OptionalLong errorMicros() {
            return OptionalLong.of(0);
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return redisMicros * 1_000;
        }
    }

    long nowMicros() {
        return loops.nowMicros();
    }

    void say(String what) {
        if (trace != null) {
            trace.add(nowMicros() % 1_000_000_000 + " " + what);
        }
    }

    long hits() {
        return hits;
    }

    boolean isTracking() {
        return tracking.server() != null;
    }

    int fillsInFlight() {
        return tracking.fillsInFlight();
    }

    /** The region's log has nothing new. */
    void confirmLog() {
        logged.confirm(clock.nanoTime(), clock.wallMicros(), nowMicros());
    }

    String nextValue(String key, boolean isLarge) {
        return key + "=" + ++values + (isLarge ? "x".repeat(MAXIMUM_VALUE_BYTES) : "");
    }

    // ---- Redis

    TrackedRedis official() {
        return official;
    }

    private TrackedRedis startServer(String replicationId) {
        return new TrackedRedis("run-" + ++servers, replicationId, tellsAfterAnswer, this::nowMicros, this);
    }

    private @Nullable NetSocket dial(Loop from) {
        if (isDown) {
            return null;
        }
        Link link = new Link(this, from, official);
        links.add(link);
        if (link.isTracking) {
            trackingConnection = ++trackingConnections;
        }
        return link.pipe.socket;
    }

    void closed(Link link) {
        links.remove(link);
        if (link.isTracking) {
            trackingConnection = -1;
            say("the tracking connection is closed");
        }
    }

    @Override
    public void changed(String key, @Nullable String value, long expireAtMillis) {
        truth.note(key, value, expireAtMillis, nowMicros());
    }

    @Override
    public void flushed() {
        truth.noteFlush(RespHistory.KEYS, nowMicros());
    }

    @Override
    public void told(TrackedRedis.Connection connection, @Nullable String key) {
        links.stream().filter(link -> link.is(connection)).forEach(link -> link.told(key));
    }

    /** Redis is killed. Its connections end. */
    void kill() {
        isDown = true;
        List.copyOf(links).forEach(link -> link.sever(false, false));
    }

    boolean isDown() {
        return isDown;
    }

    /**
     * Another server is the master from now on.
     *
     * @param older whose data it has: its own history may lack the last writes
     * @param oldOneLives whether the old server lives on as a replica, with the tracking connection
     */
    void replaceMaster(TrackedRedis older, boolean oldOneLives) {
        TrackedRedis old = official;
        official = startServer("history-" + (servers + 1));
        official.load(older);
        isDown = false;
        losses++;
        answered.clear();
        for (String key : RespHistory.KEYS) {
            truth.note(key, official.peek(key), official.expiryOf(key), nowMicros());
        }
        if (oldOneLives) {
            old.demote();
        }
        for (Link link : List.copyOf(links)) {
            if (!link.isTracking || !oldOneLives) {
                link.sever(false, false);
            }
        }
    }

    /** Returns a server with the data that there are now, as a replica that hears nothing more, or a file. */
    TrackedRedis snapshot() {
        TrackedRedis copy = new TrackedRedis("copy", "copy", true, this::nowMicros, new TrackedRedis.Listener() {
            @Override
            public void changed(String key, @Nullable String value, long expireAtMillis) {}

            @Override
            public void flushed() {}

            @Override
            public void told(TrackedRedis.Connection connection, @Nullable String key) {}
        });
        copy.load(official);
        return copy;
    }

    // ---- Promises

    /** The subscriber has handled a message: what was there before the key's state is not read any more. */
    void heard(@Nullable String key, int state) {
        if (key != null) {
            heard.merge(key, state, Math::max);
        }
    }

    int losses() {
        return losses;
    }

    /** A client has the answer to a write that brought a key into a state. */
    void answered(String key, int state) {
        answered.merge(key, state, Math::max);
    }

    int leastAnswered(String key) {
        return answered.getOrDefault(key, 0);
    }

    /** Reads of copies. Whatever reads one, for whomever, it must be good. */
    private final class Form implements CopyForm<Copy> {
        @Override
        public Copy copy(Buffer bytes, long deadlineNanos) {
            return new Copy(bytes, deadlineNanos, trackingConnection);
        }

        @Override
        public Buffer bytes(Copy copy) {
            check(copy);
            return copy.bytes;
        }

        @Override
        public long deadlineNanos(Copy copy) {
            return copy.deadlineNanos;
        }
    }

    private void check(Copy copy) {
        hits++;
        String value = copy.bytes.toString();
        String key = value.substring(0, value.indexOf('='));
        int state = truth.indexOf(key, value);
        if (copy.connection != trackingConnection) {
            throw new Breach("a copy of " + value + " outlives the tracking connection that it was fetched on");
        }
        if (state < 0) {
            throw new Breach("a copy of " + value + ", which never was a value");
        }
        if (state < heard.getOrDefault(key, 0)) {
            throw new Breach("a copy of " + value + " is read after Redis told that it changed");
        }
        checkAge(key, state, value, nowMicros() - BOUND_MICROS);
        if (Math.floorDiv(nowMicros(), 1_000) > truth.latestExpiryMillis(key, value)) {
            throw new Breach("a copy of " + value + " is read after it expired");
        }
    }

    void checkAge(String key, int state, @Nullable String value, long claimedMicros) {
        if (truth.endMicros(key, state) < claimedMicros) {
            throw new Breach(key + " is read as " + value + " and claimed to be of " + claimedMicros % 1_000_000_000
                    + ", but changed at " + truth.endMicros(key, state) % 1_000_000_000);
        }
    }
}

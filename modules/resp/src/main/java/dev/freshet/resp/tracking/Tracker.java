package dev.freshet.resp.tracking;

import dev.freshet.bus.RedisCredentials;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.direct.Master;
import dev.freshet.resp.commands.CommandTable;
import dev.freshet.resp.commands.StructureCommands;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.local.KeyRule;
import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.Reply;
import dev.freshet.resp.upstream.Upstream;
import dev.freshet.schema.Namespace;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tracking connection: makes it, proves again and again that it hears all changes, and makes it anew when it is lost. Runs on
 * an event loop of its own, which applies answers and invalidations in the order of the wire.
 */
public final class Tracker extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(Tracker.class);

    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;
    private static final long RIGHTS_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * When something is done on the connection.
     *
     * @param heartbeat how often it proves that it still hears all changes
     * @param silence how long Redis may take to answer
     * @param touch how often Redis is told which keys are read; empty: never
     */
    public record Rhythm(Duration heartbeat, Duration silence, Optional<Duration> touch) {}

    private final Upstream upstream;
    private final Tracking tracking;
    private final KeyMap keys;
    private final Namespace namespace;
    private final TimeSource time;
    private final Rhythm rhythm;
    private boolean isStopped;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private @Nullable String logged;

    // Of the current connection.
    private @Nullable TrackingLink link;
    private @Nullable ServerFacts facts;
    private @Nullable String user;
    private @Nullable CommandTable commands;
    private @Nullable Reply serverInfo;
    private boolean isProving;
    private boolean isLive;
    private long provingNanos;
    private long rightsNanos;

    public Tracker(
            Upstream upstream, Tracking tracking, KeyMap keys, Namespace namespace, TimeSource time, Rhythm rhythm) {
        this.upstream = upstream;
        this.tracking = tracking;
        this.keys = keys;
        this.namespace = namespace;
        this.time = time;
        this.rhythm = rhythm;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(Math.max(1, rhythm.heartbeat().toMillis()), tick -> beat());
        rhythm.touch().ifPresent(every -> vertx.setPeriodic(every.toMillis(), tick -> touch()));
        connect();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        isStopped = true;
        if (link != null) {
            link.fail("the process stops");
        }
        return Future.succeededFuture();
    }

    // ---- Connecting

    private void connect() {
        upstream.connect().onComplete(done -> {
            if (done.succeeded()) {
                connected(done.result());
            } else {
                lost(String.valueOf(done.cause().getMessage()));
            }
        });
    }

    private void connected(Upstream.Connected to) {
        TrackingLink[] created = new TrackingLink[1];
        TrackingLink fresh = new TrackingLink(to.socket(), this::message, why -> {
            if (link == created[0]) {
                lost(why);
            }
        });
        created[0] = fresh;
        link = fresh;
        isLive = false;
        provingNanos = time.nanoTime();
        isProving = true;
        tracking.connected(context, fresh);
        fresh.start();
        introduce(fresh, to.master());
        fresh.flush();
    }

    private void introduce(TrackingLink to, Master master) {
        RedisCredentials credentials = master.credentials();
        if (credentials == null) {
            to.send(this::must, "HELLO", "3");
        } else {
            String name = Objects.requireNonNullElse(credentials.username(), "default");
            to.send(this::must, "HELLO", "3", "AUTH", name, credentials.password());
        }
        to.send(ignored -> {}, "CLIENT", "SETNAME", "freshet-resp");
        if (namespace.database() != 0) {
            to.send(this::must, "SELECT", Integer.toString(namespace.database()));
        }
        askRights(to);
        askFacts(to);
        to.send(answer -> commands = CommandTable.parse(must(answer)), "COMMAND");
        to.send(this::must, "CLIENT", "TRACKING", "ON");
        // Redis bounds the buffer of a subscribed connection: without this, one that nobody reads grows without end.
        to.sendWithoutAnswer("SUBSCRIBE", namespace.prefix() + "{resp}:idle");
        to.send(pong -> acknowledged(to, master, must(pong)), "PING");
    }

    /** Tracking is acknowledged: what was copied before is dropped, and the next PING proves that all later changes were heard. */
    private void acknowledged(TrackingLink to, Master master, Reply pong) {
        if (pong instanceof Reply.Fault || link != to) {
            return;
        }
        tracking.evictAll();
        long nanoTime = time.nanoTime();
        long wallMicros = time.wallMicros();
        to.send(
                proof -> {
                    CommandTable table = commands;
                    String name = user;
                    ServerFacts known = facts;
                    if (must(proof) instanceof Reply.Fault
                            || table == null
                            || name == null
                            || known == null
                            || link != to) {
                        return;
                    }
                    isProving = false;
                    isLive = true;
                    rightsNanos = time.nanoTime();
                    pauseMillis = FIRST_PAUSE_MILLIS;
                    tracking.confirmed(nanoTime, wallMicros);
                    tracking.live(new TrackedServer(master.address(), known.runId(), name, table));
                    logged = null;
                    log.info("the RESP port hears the changes of {}, as user {}", master.address(), name);
                },
                "PING");
        to.flush();
    }

    /** Passes an answer on; if it is an error, the connection is given up. */
    private Reply must(Reply reply) {
        TrackingLink current = link;
        if (reply instanceof Reply.Fault fault && current != null) {
            current.fail("Redis refuses: " + fault.message());
        }
        return reply;
    }

    private void lost(String why) {
        link = null;
        isLive = false;
        isProving = false;
        facts = null;
        user = null;
        tracking.lost(why);
        upstream.forgetMaster();
        if (isStopped) {
            return;
        }
        if (!why.equals(logged)) {
            logged = why;
            log.warn("the RESP port does not hear the changes of Redis: {}. All commands are passed on.", why);
        }
        vertx.setTimer(pauseMillis, passed -> {
            if (!isStopped && link == null) {
                connect();
            }
        });
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
    }

    // ---- Proving

    private void beat() {
        TrackingLink current = link;
        if (current == null) {
            return;
        }
        if (isProving) {
            if (time.nanoTime() - provingNanos > rhythm.silence().toNanos()) {
                current.fail("Redis did not answer within " + rhythm.silence().toMillis() + " ms");
            }
            return;
        }
        if (!isLive) {
            return;
        }
        isProving = true;
        long nanoTime = time.nanoTime();
        long wallMicros = time.wallMicros();
        provingNanos = nanoTime;
        if (nanoTime - rightsNanos >= RIGHTS_NANOS) {
            rightsNanos = nanoTime;
            askRights(current);
        }
        askFacts(current);
        current.send(
                pong -> {
                    if (must(pong) instanceof Reply.Fault || link != current) {
                        return;
                    }
                    isProving = false;
                    tracking.confirmed(nanoTime, wallMicros);
                },
                "PING");
        current.flush();
    }

    private void touch() {
        TrackingLink current = link;
        if (current != null && isLive) {
            tracking.touches().send(current);
            current.flush();
        }
    }

    /** A hit must give nobody more than Redis would: the user of this connection must be allowed to read all that has copies. */
    private void askRights(TrackingLink to) {
        to.send(answer -> user(must(answer).text()), "CLIENT", "INFO");
        for (KeyRule rule : keys.rules()) {
            to.send(answer -> mayRead(rule, answer), "GETRANGE", rule.example(), "0", "0");
            to.send(answer -> mayRead(rule, answer), "PTTL", rule.example());
            Copies<?> copies = Objects.requireNonNull(keys.region(rule.region()));
            for (String command : copies.structureReads()) {
                to.send(answer -> mayRead(rule, answer), StructureCommands.example(command, rule.example()));
            }
        }
    }

    private void user(String info) {
        String name = ClientInfo.parse(info).user();
        TrackingLink current = link;
        if (user != null && !user.equals(name) && current != null) {
            current.fail("the user of the connection changed");
        }
        user = name;
    }

    private void mayRead(KeyRule rule, Reply answer) {
        TrackingLink current = link;
        if (answer instanceof Reply.Fault fault && fault.message().startsWith("NOPERM") && current != null) {
            current.fail("the user may not read the keys of rule \"" + rule.name() + "\" (" + rule.pattern() + "): "
                    + fault.message());
        }
    }

    private void askFacts(TrackingLink to) {
        to.send(answer -> serverInfo = must(answer), "INFO", "server");
        to.send(answer -> facts(must(answer)), "INFO", "replication");
    }

    private void facts(Reply replication) {
        TrackingLink current = link;
        Reply server = serverInfo;
        if (current == null || server == null) {
            return;
        }
        ServerFacts now = ServerFacts.parse(server, replication);
        String fault = now.fault();
        if (fault != null) {
            current.fail(fault);
        } else if (facts != null && !facts.equals(now)) {
            current.fail("another server answers, or its data are of another history");
        } else {
            facts = now;
        }
    }

    // ---- Messages

    /** Handles {@code invalidate} with a list of keys, or with null for all. */
    private void message(Reply message) {
        List<Reply> parts = message.items();
        if (parts.size() < 2 || !parts.get(0).text().equals("invalidate")) {
            return;
        }
        if (parts.get(1) instanceof Reply.Null) {
            tracking.evictAll();
            return;
        }
        for (Reply key : parts.get(1).items()) {
            if (key instanceof Reply.Text text) {
                String name = Command.utf8(text.bytes(), 0, text.bytes().length);
                if (name != null) {
                    tracking.changed(name);
                }
            }
        }
    }
}

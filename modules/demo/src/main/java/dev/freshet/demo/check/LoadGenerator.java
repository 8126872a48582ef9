package dev.freshet.demo.check;

import dev.freshet.demo.check.StalenessChecker.Read;
import dev.freshet.demo.check.StalenessChecker.Verdict;
import dev.freshet.demo.check.StalenessChecker.Write;
import dev.freshet.schema.Position;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a mix of reads and writes to all replicas of the application and has every answer judged. Most reads go to few users.
 * Half of the writes of a user are write-aside, half write-through. Right after each acknowledged write it reads through every
 * replica, since that is when staleness shows. Some of these reads wait for the write's position.
 *
 * <p>Everything runs on one event loop, so that all moments and judgements have one order.
 */
public final class LoadGenerator {

    private static final long TICK_MILLIS = 10;
    private static final long READ_TIMEOUT_MILLIS = 5_000;
    private static final long WRITE_TIMEOUT_MILLIS = 40_000;
    private static final int MAX_READS_IN_FLIGHT = 200;
    private static final int MAX_WRITES_IN_FLIGHT = 32;
    private static final int CONNECTIONS_PER_REPLICA = 64;
    private static final double TEAM_WRITE_SHARE = 0.02;
    private static final double WRITE_THROUGH_SHARE = 0.5;
    private static final double WAITING_READ_SHARE = 0.25;

    /**
     * The load.
     *
     * @param users the ids are 1 to this
     * @param teams the ids are 0 to this, exclusive
     */
    public record Mix(int users, int teams, int readsPerSecond, int writesPerSecond) {}

    private final Context context;
    private final Vertx vertx;
    private final WebClient client;
    private final List<String> replicaUris;
    private final Mix mix;
    private final StalenessChecker checker;
    private final Consumer<String> events;
    private final Random random;
    private final List<ReplicaTally> tallies = new ArrayList<>();
    private final List<@Nullable Write> appliedByReplica = new ArrayList<>();
    private final AtomicLong acknowledgedWrites = new AtomicLong();
    private final AtomicLong failedWrites = new AtomicLong();
    private volatile long timer = -1;
    private double owedReads;
    private double owedWrites;
    private long lastTickNanos;
    private int readsInFlight;
    private int writesInFlight;

    /**
     * @param events receives a line for each stale read outside the window, and for the first failed write after a good one
     */
    public LoadGenerator(
            Vertx vertx,
            List<String> replicaUris,
            Mix mix,
            StalenessChecker checker,
            Random random,
            Consumer<String> events) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.client = WebClient.create(
                vertx,
                new WebClientOptions().setConnectTimeout(300).setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS_PER_REPLICA));
        this.replicaUris = List.copyOf(replicaUris);
        this.mix = mix;
        this.checker = checker;
        this.random = random;
        this.events = events;
        for (int i = 0; i < replicaUris.size(); i++) {
            tallies.add(new ReplicaTally());
            appliedByReplica.add(null);
        }
    }

    /** Starts the load. */
    public void start() {
        context.runOnContext(unused -> {
            lastTickNanos = System.nanoTime();
            timer = vertx.setPeriodic(TICK_MILLIS, id -> tick());
        });
    }

    /** Stops the load. Completes when all in-flight reads have been answered. */
    public Future<Void> stop() {
        Promise<Void> stopped = Promise.promise();
        context.runOnContext(unused -> {
            vertx.cancelTimer(timer);
            awaitIdle(stopped, System.nanoTime() + READ_TIMEOUT_MILLIS * 1_000_000);
        });
        return stopped.future();
    }

    private void awaitIdle(Promise<Void> idle, long deadlineNanos) {
        if ((readsInFlight == 0 && writesInFlight == 0) || System.nanoTime() - deadlineNanos >= 0) {
            idle.complete();
        } else {
            vertx.setTimer(TICK_MILLIS, id -> awaitIdle(idle, deadlineNanos));
        }
    }

    /** Returns the results of each replica, in the order of their addresses. */
    public List<ReplicaTally> tallies() {
        return List.copyOf(tallies);
    }

    /** Returns the number of writes that are committed and invalidated. */
    public long acknowledgedWrites() {
        return acknowledgedWrites.get();
    }

    /** Returns the number of writes without an acknowledgement. */
    public long failedWrites() {
        return failedWrites.get();
    }

    private void tick() {
        long nowNanos = System.nanoTime();
        // After a pause of this process, missed requests are not sent later.
        double elapsedSeconds = Math.min(0.1, (nowNanos - lastTickNanos) / 1e9);
        lastTickNanos = nowNanos;
        owedReads += elapsedSeconds * mix.readsPerSecond();
        owedWrites += elapsedSeconds * mix.writesPerSecond();
        for (; owedWrites >= 1; owedWrites--) {
            if (writesInFlight < MAX_WRITES_IN_FLIGHT) {
                write(random.nextInt(replicaUris.size()));
            }
        }
        for (; owedReads >= 1; owedReads--) {
            if (readsInFlight < MAX_READS_IN_FLIGHT) {
                read(random.nextInt(replicaUris.size()), hotUser(), null);
            }
        }
    }

    private void write(int replica) {
        boolean wholeTeam = random.nextDouble() < TEAM_WRITE_SHARE;
        long user = hotUser();
        String path = wholeTeam
                ? "/teams/" + random.nextInt(mix.teams())
                : "/users/" + user + (random.nextDouble() < WRITE_THROUGH_SHARE ? "?write=through" : "");
        JsonObject body = new JsonObject().put("name", "Name " + random.nextInt(1_000_000));
        writesInFlight++;
        client.putAbs(replicaUris.get(replica) + path)
                .timeout(WRITE_TIMEOUT_MILLIS)
                .sendJsonObject(body)
                .onComplete(answer -> {
                    writesInFlight--;
                    if (answer.failed() || answer.result().statusCode() != 200) {
                        failedWrites.incrementAndGet();
                        return;
                    }
                    acknowledgedWrites.incrementAndGet();
                    acknowledged(wholeTeam, answer.result().bodyAsJsonObject());
                });
    }

    private void acknowledged(boolean wholeTeam, JsonObject body) {
        Write write = new Write(Position.parse(body.getString("position")), System.nanoTime());
        if (wholeTeam) {
            JsonObject versions = body.getJsonObject("versions");
            for (String user : versions.fieldNames()) {
                checker.wrote(Long.parseLong(user), versions.getLong(user), write);
            }
            readThroughAll(Long.parseLong(versions.fieldNames().iterator().next()), write);
        } else {
            checker.wrote(body.getLong("id"), body.getLong("version"), write);
            readThroughAll(body.getLong("id"), write);
        }
    }

    private void readThroughAll(long user, Write write) {
        boolean waiting = random.nextDouble() < WAITING_READ_SHARE;
        for (int replica = 0; replica < replicaUris.size(); replica++) {
            read(replica, user, waiting ? write : null);
        }
    }

    /**
     * Reads and has the answer judged.
     *
     * @param waitFor the write that the subscriber must apply before it answers; null: none
     */
    private void read(int replica, long user, @Nullable Write waitFor) {
        HttpRequest<Buffer> request =
                client.getAbs(replicaUris.get(replica) + "/users/" + user).timeout(READ_TIMEOUT_MILLIS);
        if (waitFor != null) {
            request.putHeader("Min-Position", waitFor.position().toString());
        }
        Write applied = waitFor == null ? appliedByReplica.get(replica) : waitFor;
        readsInFlight++;
        long begunNanos = System.nanoTime();
        request.send().onComplete(answer -> {
            readsInFlight--;
            if (answer.failed() || answer.result().statusCode() != 200) {
                tallies.get(replica).countFailure();
                return;
            }
            answered(replica, user, answer.result(), applied, waitFor, begunNanos);
        });
    }

    private void answered(
            int replica,
            long user,
            HttpResponse<Buffer> answer,
            @Nullable Write applied,
            @Nullable Write waitedFor,
            long begunNanos) {
        String cacheStatus = String.valueOf(answer.getHeader("Cache-Status"));
        boolean hit = cacheStatus.contains("; hit");
        boolean bypass = cacheStatus.contains("fwd=bypass");
        if (hit) {
            tallies.get(replica).countHit();
        } else if (bypass) {
            tallies.get(replica).countBypass();
        } else {
            tallies.get(replica).countMiss();
        }
        if (waitedFor != null && !bypass) {
            Write known = appliedByReplica.get(replica);
            if (known == null || known.isCoveredBy(waitedFor)) {
                appliedByReplica.set(replica, waitedFor);
            }
        }
        long version = answer.bodyAsJsonObject().getLong("version");
        long ageNanos = ConfirmedAge.parseNanos(answer.getHeader("Freshet-Confirmed-Age"));
        Verdict verdict = checker.judge(new Read(user, version, hit, ageNanos, applied, begunNanos));
        if (verdict != Verdict.FRESH) {
            tallies.get(replica).countStale();
        }
        if (verdict == Verdict.STALE_OUTSIDE_WINDOW) {
            events.accept("stale read outside the window: user " + user + " through replica " + (replica + 1)
                    + " returned version " + version + " (" + cacheStatus + ", confirmed age "
                    + answer.getHeader("Freshet-Confirmed-Age") + (waitedFor == null ? ")" : ", after waiting)"));
        }
    }

    /** Returns a user; a tenth of the users gets about half of the requests. */
    private long hotUser() {
        double skewed = Math.pow(random.nextDouble(), 3);
        return 1 + (long) (skewed * mix.users());
    }
}

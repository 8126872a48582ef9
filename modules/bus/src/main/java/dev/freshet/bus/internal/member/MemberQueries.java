package dev.freshet.bus.internal.member;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.BusException;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.Member;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Questions about who subscribes and how far they are, answered from the members rows. One thread and its own connections,
 * so that nothing here holds up an append.
 */
public final class MemberQueries {

    private static final Logger LOG = LoggerFactory.getLogger(MemberQueries.class);

    private static final long FIRST_POLL_MICROS = 500;
    private static final long LONGEST_POLL_MICROS = 20_000;

    /** A question whose connection broke is asked again after so long, while there is time; at least once. */
    private static final long RETRY_PAUSE_MICROS = 50_000;

    /** So many questions may be open at a time; more are refused. */
    private static final int MOST_OPEN = 1_000;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final RedisConnector connector;
    private final Topology topology;
    private final TimeSource time;
    private final Map<HostAndPort, RedisConnection> connections = new HashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final ScheduledThreadPoolExecutor executor;

    public MemberQueries(RedisConnector connector, Topology topology, TimeSource time) {
        this.connector = connector;
        this.topology = topology;
        this.time = time;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "freshet-fleet");
            thread.setDaemon(true);
            return thread;
        });
    }

    public CompletableFuture<List<String>> regions() {
        return ask(() -> {
            List<String> regions = new ArrayList<>();
            for (Object region : connection(RedisNames.REGIONS).list(Protocol.Command.SMEMBERS, RedisNames.REGIONS)) {
                regions.add(String.valueOf(RedisConnection.asText(region)));
            }
            regions.sort(null);
            return regions;
        });
    }

    public CompletableFuture<RegionView> region(String region) {
        RedisNames names = new RedisNames(region);
        return ask(() -> {
            RedisConnection connection = connection(names.head());
            List<?> head = connection.list(2, Protocol.Command.HMGET, names.head(), "epoch", "seq");
            long records = connection.number(Protocol.Command.XLEN, names.log());
            List<Member> members = MemberRows.readLive(connection, names).stream()
                    .map(MemberRow::member)
                    .toList();
            return new RegionView(region, position(head), records, members);
        });
    }

    private static @Nullable Position position(List<?> head) {
        String epoch = RedisConnection.asText(head.get(0));
        String sequence = RedisConnection.asText(head.get(1));
        try {
            return epoch == null || sequence == null ? null : Position.parse(epoch + "-" + sequence);
        } catch (IllegalArgumentException e) {
            // Somebody else's value; the next append begins anew.
            return null;
        }
    }

    // ---- await=applied

    public CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        List<Receipt> pending = List.copyOf(receipts);
        long deadlineNanos = time.nanoTime() + timeout.toNanos();
        return follow(timeout, done -> pollApplied(pending, deadlineNanos, FIRST_POLL_MICROS, done));
    }

    private void pollApplied(
            List<Receipt> receipts, long deadlineNanos, long pauseMicros, CompletableFuture<AwaitResult> done) {
        Set<String> members = new HashSet<>();
        Set<String> lagging = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (Receipt receipt : receipts) {
            RedisNames redisNames = new RedisNames(receipt.region());
            RedisConnection connection = connection(redisNames.members());
            Position head = position(connection.list(2, Protocol.Command.HMGET, redisNames.head(), "epoch", "seq"));
            for (MemberRow row : MemberRows.readLive(connection, redisNames)) {
                members.add(row.member().id());
                if (!row.member().hasApplied(receipt.position(), head)
                        && lagging.add(row.member().id())) {
                    names.add(row.member().name());
                }
            }
        }
        if (lagging.isEmpty() || time.nanoTime() - deadlineNanos >= 0) {
            done.complete(new AwaitResult(members.size(), members.size() - lagging.size(), names));
            return;
        }
        again(
                done,
                deadlineNanos,
                pauseMicros,
                () -> pollApplied(receipts, deadlineNanos, Math.min(LONGEST_POLL_MICROS, 2 * pauseMicros), done));
    }

    // ---- dry runs

    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        RedisNames names = new RedisNames(region);
        long deadlineNanos = time.nanoTime() + timeout.toNanos();
        String question = Position.formatEpoch(ThreadLocalRandom.current().nextLong());
        return follow(timeout, done -> {
            RedisConnection connection = connection(names.members());
            Map<String, String> asked = new HashMap<>();
            byte[] message = MemberMessage.question(question, region, selectors);
            for (MemberRow row : MemberRows.readLive(connection, names)) {
                asked.put(row.member().id(), row.member().name());
                connection.executeCommand(new CommandArguments(
                                topology.hasShardedChannels() ? Protocol.Command.SPUBLISH : Protocol.Command.PUBLISH)
                        .add(row.channel())
                        .add(message));
            }
            pollAnswers(names, question, asked, deadlineNanos, FIRST_POLL_MICROS, done);
        });
    }

    private void pollAnswers(
            RedisNames names,
            String question,
            Map<String, String> asked,
            long deadlineNanos,
            long pauseMicros,
            CompletableFuture<DryRunResult> done) {
        RedisConnection connection = connection(names.members());
        String list = names.answers(question);
        long entries = 0;
        Map<String, String> silent = new HashMap<>(asked);
        for (Object answer : connection.list(Protocol.Command.LRANGE, list, "0", "-1")) {
            String text = String.valueOf(RedisConnection.asText(answer));
            int space = text.indexOf(' ');
            if (space > 0 && silent.remove(text.substring(0, space)) != null) {
                entries += parseCount(text.substring(space + 1));
            }
        }
        if (silent.isEmpty() || time.nanoTime() - deadlineNanos >= 0) {
            forget(connection, list);
            List<String> silentNames = silent.values().stream().sorted().toList();
            done.complete(new DryRunResult(asked.size(), asked.size() - silentNames.size(), entries, silentNames));
            return;
        }
        again(
                done,
                deadlineNanos,
                pauseMicros,
                () -> pollAnswers(
                        names, question, asked, deadlineNanos, Math.min(LONGEST_POLL_MICROS, 2 * pauseMicros), done));
    }

    private static long parseCount(String text) {
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            // Somebody else's answer.
            return 0;
        }
    }

    private static void forget(RedisConnection connection, String list) {
        try {
            connection.number(Protocol.Command.DEL, list);
        } catch (JedisException e) {
            LOG.debug("the answers to a dry run stay until they expire", e);
        }
    }

    // ---- the thread and its connections

    private interface Step<T> {
        void run(CompletableFuture<T> done);
    }

    private <T> CompletableFuture<T> ask(Callable<T> question) {
        return follow(Duration.ZERO, done -> {
            try {
                done.complete(question.call());
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new BusException("a question could not be asked", e);
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // only counts
    private <T> CompletableFuture<T> follow(Duration timeout, Step<T> first) {
        CompletableFuture<T> done = new CompletableFuture<>();
        if (open.incrementAndGet() > MOST_OPEN) {
            open.decrementAndGet();
            done.completeExceptionally(new UnavailableException(
                    Reason.QUEUE_FULL, "more than " + MOST_OPEN + " questions are open", false, RETRY_AFTER));
            return done;
        }
        done.whenComplete((result, failure) -> open.decrementAndGet());
        // The thread may hang in a command, behind others' questions: callers hear all the same.
        long graceNanos = timeout.toNanos() + 2 * connector.commandTimeout().toNanos();
        CompletableFuture.delayedExecutor(graceNanos, TimeUnit.NANOSECONDS)
                .execute(() -> done.completeExceptionally(new UnavailableException(
                        Reason.REDIS_AWAY, "Redis did not answer in time", false, RETRY_AFTER)));
        long deadlineNanos = time.nanoTime() + timeout.toNanos();
        execute(new Asking<>(done, deadlineNanos), 0, () -> first.run(done));
        return done;
    }

    private <T> void again(CompletableFuture<T> done, long deadlineNanos, long pauseMicros, Runnable step) {
        if (!done.isDone()) {
            execute(new Asking<>(done, deadlineNanos), pauseMicros, step);
        }
    }

    /** One question that is under way, and until when it may be tried again. */
    private static final class Asking<T> {
        private final CompletableFuture<T> done;
        private final long deadlineNanos;
        private boolean hasFailed;

        private Asking(CompletableFuture<T> done, long deadlineNanos) {
            this.done = done;
            this.deadlineNanos = deadlineNanos;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // attempt contains its own faults
    private <T> void execute(Asking<T> asking, long delayMicros, Runnable step) {
        try {
            executor.schedule(() -> attempt(asking, step), delayMicros, TimeUnit.MICROSECONDS);
        } catch (RejectedExecutionException e) {
            asking.done.completeExceptionally(
                    new UnavailableException(Reason.CLOSED, "the publisher is closed", false, RETRY_AFTER));
        }
    }

    private <T> void attempt(Asking<T> asking, Runnable step) {
        if (asking.done.isDone()) {
            return;
        }
        try {
            step.run();
        } catch (JedisDataException e) {
            if (RedisErrors.isElsewhere(e)) {
                retry(asking, step, e);
            } else {
                fail(asking, Reason.REDIS_REFUSED, "Redis refuses to be asked: " + e.getMessage());
            }
        } catch (JedisException | BusException e) {
            retry(asking, step, e);
        } catch (RuntimeException e) {
            asking.done.completeExceptionally(new BusException("a question met a fault of our own", e));
        }
    }

    /** A connection that broke, perhaps long ago and unnoticed, says nothing about the server; nor does a failover. */
    private <T> void retry(Asking<T> asking, Runnable step, RuntimeException fault) {
        closeConnections();
        topology.refresh();
        if (!asking.hasFailed || time.nanoTime() - asking.deadlineNanos < 0) {
            long pauseMicros = asking.hasFailed ? RETRY_PAUSE_MICROS : 0;
            asking.hasFailed = true;
            execute(asking, pauseMicros, step);
        } else {
            fail(asking, Reason.REDIS_AWAY, "Redis cannot be asked: " + RedisErrors.rootMessage(fault));
        }
    }

    private static <T> void fail(Asking<T> asking, Reason reason, String why) {
        asking.done.completeExceptionally(new UnavailableException(reason, why, false, RETRY_AFTER));
    }

    private RedisConnection connection(String key) {
        HostAndPort master = topology.masterOf(key);
        RedisConnection known = connections.get(master);
        if (known == null || known.isBroken()) {
            known = connector.open(master);
            connections.put(master, known);
        }
        return known;
    }

    private void closeConnections() {
        connections.values().forEach(RedisConnection::closeQuietly);
        connections.clear();
    }

    public void close() {
        if (!executor.isShutdown()) {
            executor.execute(this::closeConnections);
            executor.shutdown();
        }
    }
}

package dev.freshet.bus.internal.member;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.LogSample;
import dev.freshet.bus.Member;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;

/**
 * Questions about who subscribes and how far they are. Any thread may ask; nothing blocks. One thread with connections of its
 * own runs all queries, so that none holds up an append.
 */
public final class MemberQueries {

    private final Namespace namespace;
    private final QueryThread thread;
    private final AwaitedPositions awaitedPositions;
    private final MemberQuestions questions;
    private final LogSamples samples;
    private final RegionExpiry expiry;

    /**
     * @param expireAfter how long nobody must have followed a region, nor appended to it, before it is removed; zero: none is
     * @param listener hears of regions that are removed
     */
    public MemberQueries(
            RedisConnector connector,
            Topology topology,
            TimeSource time,
            Duration expireAfter,
            PublisherListener listener) {
        this.namespace = connector.namespace();
        this.thread = new QueryThread(connector, topology, time);
        this.awaitedPositions = new AwaitedPositions(thread, namespace);
        this.samples = new LogSamples(thread, namespace);
        this.questions = new MemberQuestions(thread, topology, namespace);
        this.expiry = new RegionExpiry(thread, connector, topology, time, listener, expireAfter);
        if (!expireAfter.isZero()) {
            expiry.start();
        }
    }

    /** Returns the names of all regions, sorted. */
    public CompletableFuture<List<String>> regions() {
        return regions(thread, namespace);
    }

    static CompletableFuture<List<String>> regions(QueryThread thread, Namespace namespace) {
        return thread.ask(Duration.ZERO, query -> {
            List<String> regions = new ArrayList<>();
            String set = namespace.regions();
            RedisConnection connection = thread.connection(set);
            for (Object region : connection.list(Protocol.Command.SMEMBERS, set)) {
                regions.add(String.valueOf(RedisConnection.asText(region)));
            }
            regions.sort(null);
            query.complete(regions);
        });
    }

    /** Returns the head, the length of the log and the live members of a region. */
    public CompletableFuture<RegionView> region(String region) {
        RedisNames names = namespace.region(region);
        return thread.ask(Duration.ZERO, query -> {
            RedisConnection connection = thread.connection(names.head());
            Position head = RegionHead.read(connection, names);
            long records = connection.number(Protocol.Command.XLEN, names.log());
            List<Member> members = MemberRows.readLive(connection, names).stream()
                    .map(MemberRow::member)
                    .toList();
            query.complete(new RegionView(region, head, records, members));
        });
    }

    /** Waits until all live members have applied these receipts, at most for the timeout. */
    public CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        return awaitedPositions.await(receipts, timeout);
    }

    /** Asks all live members how many entries these selectors would evict, and waits for answers at most for the timeout. */
    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        return questions.count(region, selectors, timeout);
    }

    /** Asks all live members which entries they hold, and waits for answers at most for the timeout. */
    public CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        return questions.audit(region, query, timeout);
    }

    /** Reads a random part of what was appended to a region's log since a position; null: reads where it stands. */
    public CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        return samples.sample(region, after, part, limit);
    }

    public void close() {
        expiry.close();
        thread.close();
    }
}

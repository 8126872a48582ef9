package dev.freshet.bus.internal.append;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.LogSample;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.member.MemberQueries;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.CurrentNodeTime;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.bus.internal.thread.Timeouts;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.schema.SelectorParts;
import dev.freshet.schema.Syntax;
import dev.freshet.schema.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The publisher of a process. It cuts large selectors, enforces the limit on broad changes, and gives changes to an {@link
 * Appender}, and questions about members to {@link MemberQueries}.
 */
public final class RedisPublisher implements Publisher {

    private final PublisherConfig config;
    private final GuardedPublisherListener listener;
    private final TimeSource time;
    private final AppendQueue queue;
    private final Appender appender;
    private final AppendNodes nodes;
    private final AppendingThread thread;
    private final MemberQueries members;
    private final RedisTime redisTime;
    private final ConfigurationFaults faults;

    private RedisPublisher(AppendContext context, GuardedPublisherListener listener, MemberQueries members) {
        this.faults = context.connector().faults();
        this.config = context.config();
        this.listener = listener;
        this.time = context.time();
        this.queue = new AppendQueue(config.queueMaximumInvalidations());
        Refusals refusals = new Refusals(config, context.listener());
        this.appender = new Appender(context, queue, refusals);
        this.nodes = appender.nodes();
        this.thread = new AppendingThread(context, queue, appender, refusals);
        this.members = members;
        this.redisTime = new CurrentNodeTime(nodes::clock, time);
    }

    /** Starts a publisher, which connects in the background. */
    public static RedisPublisher start(PublisherConfig config, PublisherListener listener, TimeSource time) {
        RedisConnector connector = new RedisConnector(config.redis(), config.name(), ConfigurationFaults.logged(time));
        GuardedPublisherListener guarded = new GuardedPublisherListener(listener);
        AppendContext context = new AppendContext(connector, Topologies.of(connector), config, guarded, time);
        // Members have a topology of their own, so that no question about them holds up an append.
        RedisPublisher publisher = new RedisPublisher(
                context,
                guarded,
                new MemberQueries(connector, Topologies.of(connector), time, config.regionExpiry(), guarded));
        publisher.thread.start();
        return publisher;
    }

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change) {
        Syntax.requireRegion(region);
        Submission submission = submission(region, change, time.nanoTime());
        if (isUnlimited(change)) {
            appender.accept(submission);
            return submission.done();
        }
        return requireNarrow(region, change).thenCompose(narrow -> {
            appender.accept(submission);
            return submission.done();
        });
    }

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change, Duration timeout) {
        AnswerFuture<Receipt> bounded = new AnswerFuture<>();
        CompletableFuture<Receipt> published = publish(region, change);
        Timeouts.unlessDone(
                bounded, timeout.toNanos(), () -> bounded.fail(UnavailableException.notAcknowledgedWithin(timeout)));
        bounded.answerWith(published);
        return bounded;
    }

    @Override
    public List<CompletableFuture<Receipt>> publishAll(String region, List<Change> changes) {
        if (changes.size() == 1
                || (config.broadMaximumEntries() > 0 && !changes.stream().allMatch(this::isUnlimited))) {
            return Publisher.super.publishAll(region, changes);
        }
        Syntax.requireRegion(region);
        long acceptedNanos = time.nanoTime();
        List<Submission> submissions = new ArrayList<>(changes.size());
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>(changes.size());
        for (Change change : changes) {
            Submission submission = submission(region, change, acceptedNanos);
            submissions.add(submission);
            receipts.add(submission.done());
        }
        appender.acceptAll(submissions);
        return receipts;
    }

    private Submission submission(String region, Change change, long acceptedNanos) {
        return new Submission(
                region,
                SelectorParts.cut(change.selectors()),
                change.version(),
                change.awaited(),
                acceptedNanos,
                acceptedNanos - ageMicros(change.changedAt()) * 1_000,
                sampled(change.trace()));
    }

    /** What nobody records would only make records larger. */
    private static @Nullable TraceContext sampled(@Nullable TraceContext trace) {
        return trace == null || !trace.isSampled() ? null : trace;
    }

    /** Whether it goes without a question to the members. */
    private boolean isUnlimited(Change change) {
        return config.broadMaximumEntries() == 0 || change.forced() || !SelectorParts.isAnyBroad(change.selectors());
    }

    /** Asks the members how much would go, and fails if that is more than allowed, or if some do not say. */
    private CompletableFuture<DryRunResult> requireNarrow(String region, Change change) {
        List<Selector> broad =
                change.selectors().stream().filter(Selector::isBroad).toList();
        return dryRun(region, broad, config.broadTimeout()).thenApply(counted -> {
            if (counted.entries() > config.broadMaximumEntries()) {
                throw new TooBroadException(
                        region, counted.entries(), counted.answered(), config.broadMaximumEntries());
            }
            if (!counted.silent().isEmpty()) {
                throw new UnavailableException(
                        UnavailableException.Reason.NOT_COUNTED,
                        "whether it would evict more than " + config.broadMaximumEntries()
                                + " entries is not known: no answer within " + config.broadTimeout() + " from "
                                + String.join(", ", counted.silent()),
                        false,
                        Duration.ofSeconds(1));
            }
            return counted;
        });
    }

    /** How long ago the source changed; the caller's clock is this host's. */
    private long ageMicros(@Nullable Instant changedAt) {
        return changedAt == null ? 0 : time.wallMicros() - ChronoUnit.MICROS.between(Instant.EPOCH, changedAt);
    }

    @Override
    public CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        return members.awaitApplied(receipts, timeout);
    }

    @Override
    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        Syntax.requireRegion(region);
        return SelectorParts.fitting(SelectorParts.cut(selectors)).stream()
                .map(together -> members.dryRun(region, together, timeout))
                .reduce((former, latter) -> former.thenCombine(latter, RedisPublisher::together))
                .orElseGet(() -> CompletableFuture.failedFuture(
                        new IllegalArgumentException("a dry run needs at least one selector")));
    }

    /** Adds up the answers of the same members to two questions. */
    private static DryRunResult together(DryRunResult one, DryRunResult other) {
        List<String> anySilent = Stream.concat(one.silent().stream(), other.silent().stream())
                .distinct()
                .sorted()
                .toList();
        int members = Math.max(one.members(), other.members());
        return new DryRunResult(
                members, Math.max(0, members - anySilent.size()), one.entries() + other.entries(), anySilent);
    }

    @Override
    public CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        Syntax.requireRegion(region);
        if (SelectorParts.fitting(SelectorParts.cut(query.selectors())).size() > 1) {
            throw new IllegalArgumentException("the selectors do not fit into one question");
        }
        return members.audit(region, query, timeout);
    }

    @Override
    public CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("the part must be 0 to 1, not " + part);
        }
        return members.sample(Syntax.requireRegion(region), after, part, limit);
    }

    @Override
    public CompletableFuture<RegionView> region(String region) {
        return members.region(Syntax.requireRegion(region));
    }

    @Override
    public CompletableFuture<List<String>> regions() {
        return members.regions();
    }

    @Override
    public boolean isConnected() {
        return nodes.isConnected();
    }

    @Override
    public @Nullable String misconfiguration() {
        return faults.current();
    }

    @Override
    public int queuedInvalidations() {
        return queue.size() + appender.postponedWeight();
    }

    @Override
    public long acknowledgedBytes() {
        return nodes.acknowledgedBytes();
    }

    @Override
    public long listenerFailures() {
        return listener.failures();
    }

    @Override
    public RedisTime time() {
        return redisTime;
    }

    @Override
    public void close() {
        thread.close();
        members.close();
    }
}

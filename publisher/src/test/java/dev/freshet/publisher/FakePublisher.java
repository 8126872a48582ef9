package dev.freshet.publisher;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.LogSample;
import dev.freshet.bus.Member;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A publisher that appends to memory, holds changes back, or is unavailable, as a test says. Safe to use from any thread. */
public final class FakePublisher implements Publisher {

    public static final long EPOCH = 0xc0ffeeL;

    public record Published(String region, Change change) {}

    private final AtomicLong listenerFailures = new AtomicLong();

    private record Held(Published published, CompletableFuture<Receipt> receipt) {}

    private final List<Published> log = new ArrayList<>();
    private final Map<String, Long> heads = new HashMap<>();
    private final Map<String, List<Member>> members = new HashMap<>();
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean holding;
    private int maximumQueued;
    private int queuedByOthers;
    private boolean closed;
    private boolean broadIsRefused;
    private @Nullable UnavailableException unavailable;
    private long unavailableFromChange = Long.MAX_VALUE;
    private AwaitResult awaitResult = new AwaitResult(0, 0, List.of());
    private OptionalLong clockError = OptionalLong.empty();

    public synchronized List<Published> log() {
        return List.copyOf(log);
    }

    public synchronized int maximumQueued() {
        return maximumQueued;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Holds back every further change until {@link #letGo}. */
    public synchronized void hold() {
        holding = true;
    }

    /** Appends held changes, at most this many. */
    public void letGo(int count) {
        for (int i = 0; i < count; i++) {
            Held next;
            Receipt receipt;
            synchronized (this) {
                next = held.poll();
                if (next == null) {
                    return;
                }
                receipt = append(next.published());
            }
            next.receipt().complete(receipt);
        }
    }

    /** Appends all held changes, and holds no further ones back. */
    public void letGoOfAll() {
        int count;
        synchronized (this) {
            holding = false;
            count = held.size();
        }
        letGo(count);
    }

    /** Fails every change from this one on; the first change is 0. */
    public synchronized void becomeUnavailable(UnavailableException why, long fromChange) {
        unavailable = why;
        unavailableFromChange = fromChange;
    }

    /** Refuses from now on whatever is not of keys alone, at once. */
    public synchronized void refuseBroad() {
        broadIsRefused = true;
    }

    public synchronized void becomeAvailable() {
        unavailable = null;
    }

    public synchronized void setQueuedByOthers(int invalidations) {
        queuedByOthers = invalidations;
    }

    public synchronized void setMembers(String region, Member... live) {
        members.put(region, List.of(live));
    }

    public synchronized void setAwaitResult(AwaitResult result) {
        awaitResult = result;
    }

    public void failListener() {
        listenerFailures.incrementAndGet();
    }

    @Override
    public long listenerFailures() {
        return listenerFailures.get();
    }

    public synchronized void setClockError(long micros) {
        clockError = OptionalLong.of(micros);
    }

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change, Duration timeout) {
        return publish(region, change);
    }

    @Override
    public synchronized CompletableFuture<Receipt> publish(String region, Change change) {
        if (unavailable != null && log.size() + held.size() >= unavailableFromChange) {
            return CompletableFuture.failedFuture(unavailable);
        }
        if (broadIsRefused && change.selectors().stream().anyMatch(Selector::isBroad)) {
            return CompletableFuture.failedFuture(new TooBroadException(region, 2, 1, 1));
        }
        Published published = new Published(region, change);
        if (!holding) {
            return CompletableFuture.completedFuture(append(published));
        }
        CompletableFuture<Receipt> receipt = new CompletableFuture<>();
        held.add(new Held(published, receipt));
        maximumQueued = Math.max(maximumQueued, held.size());
        return receipt;
    }

    private Receipt append(Published published) {
        log.add(published);
        long sequence = heads.merge(published.region(), 1L, Long::sum);
        return new Receipt(published.region(), new Position(EPOCH, sequence), sequence);
    }

    @Override
    public synchronized CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        return CompletableFuture.completedFuture(awaitResult);
    }

    @Override
    public CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        return CompletableFuture.completedFuture(new LogSample(after, List.of(), 0));
    }

    @Override
    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        return CompletableFuture.completedFuture(new DryRunResult(3, 2, 12, List.of("slow")));
    }

    @Override
    public synchronized CompletableFuture<RegionView> region(String region) {
        if (unavailable != null) {
            return CompletableFuture.failedFuture(unavailable);
        }
        Long head = heads.get(region);
        return CompletableFuture.completedFuture(new RegionView(
                region,
                head == null ? null : new Position(EPOCH, head),
                head == null ? 0 : head,
                members.getOrDefault(region, List.of())));
    }

    @Override
    public synchronized CompletableFuture<List<String>> regions() {
        return unavailable == null
                ? CompletableFuture.completedFuture(
                        heads.keySet().stream().sorted().toList())
                : CompletableFuture.failedFuture(unavailable);
    }

    @Override
    public synchronized boolean isConnected() {
        return unavailable == null;
    }

    @Override
    public synchronized int queuedInvalidations() {
        return held.size() + queuedByOthers;
    }

    @Override
    public long acknowledgedBytes() {
        return 0;
    }

    @Override
    public RedisTime time() {
        return new RedisTime() {
            @Override
            public long nowMicros() {
                return 10_000_000;
            }

            @Override
            public OptionalLong errorMicros() {
                synchronized (FakePublisher.this) {
                    return clockError;
                }
            }

            @Override
            public long nanoTimeAt(long redisMicros) {
                return redisMicros * 1000;
            }
        };
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}

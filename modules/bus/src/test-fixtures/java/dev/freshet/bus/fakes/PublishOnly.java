package dev.freshet.bus.fakes;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.LogSample;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionView;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A publisher that does what a test says with a change, and that can be asked nothing. It is connected, and nothing waits in it. */
public abstract class PublishOnly implements Publisher {

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change, Duration timeout) {
        return publish(region, change);
    }

    @Override
    public CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<RegionView> region(String region) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<List<String>> regions() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public int queuedInvalidations() {
        return 0;
    }

    @Override
    public long acknowledgedBytes() {
        return 0;
    }

    @Override
    public RedisTime time() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}

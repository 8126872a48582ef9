package dev.freshet.subscriber.http;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.TimeSource;
import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A subscription whose position and confirmation the test sets. */
final class FakeSubscription implements RegionSubscription {

    private final String region;
    private final Confirmation confirmation;
    volatile @Nullable Position position;
    volatile CompletableFuture<Boolean> awaited = CompletableFuture.completedFuture(false);

    FakeSubscription(String region, TimeSource time) {
        this.region = region;
        this.confirmation = new Confirmation(time);
    }

    @Override
    public String region() {
        return region;
    }

    @Override
    public State state() {
        return State.LIVE;
    }

    @Override
    public @Nullable Position position() {
        return position;
    }

    @Override
    public long lagRecords() {
        return 3;
    }

    @Override
    public int liveMembers() {
        return 2;
    }

    @Override
    public Confirmation confirmation() {
        return confirmation;
    }

    @Override
    public CompletableFuture<Void> caughtUp() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> awaitPosition(Position wanted, Duration timeout) {
        return awaited;
    }
}

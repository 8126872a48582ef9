package dev.freshet.cache.tier;

import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A region's tier in which evictions do not arrive, or reads are not answered, while a test says so. */
final class LateTier implements RedisTier.Region {

    /** How an eviction that does not arrive ends for its caller. */
    enum Answer {
        NOT_DONE,
        FAILED,
        THROWN
    }

    private final RedisTier.Region tier;
    private volatile Answer answer = Answer.NOT_DONE;
    private volatile boolean isLate;
    private volatile int codecVersion;
    final AtomicInteger lost = new AtomicInteger();

    /** How often a load asked for its turn. */
    final AtomicInteger claiming = new AtomicInteger();

    private volatile CountDownLatch together = new CountDownLatch(0);

    LateTier(RedisTier.Region tier) {
        this.tier = tier;
    }

    /** Answers no read from now on, until as many wait. */
    void answersOnlyTogether(int reads) {
        together = new CountDownLatch(reads);
    }

    void losesEvictions(Answer how) {
        answer = how;
        isLate = true;
    }

    void answersAgain() {
        isLate = false;
    }

    @Override
    public CompletableFuture<Boolean> evict(List<Selector> selectors) {
        if (!isLate) {
            return tier.evict(selectors);
        }
        lost.incrementAndGet();
        return switch (answer) {
            case NOT_DONE -> CompletableFuture.completedFuture(false);
            case FAILED -> CompletableFuture.failedFuture(new IllegalStateException("lost"));
            case THROWN -> throw new IllegalStateException("lost");
        };
    }

    @Override
    public String region() {
        return tier.region();
    }

    @Override
    public RedisTier.Region ofCodecVersion(int version) {
        codecVersion = version;
        return this;
    }

    @Override
    public Duration longest() {
        return tier.longest();
    }

    @Override
    public CompletableFuture<TierRead> read(String key) {
        CountDownLatch others = together;
        CompletableFuture<TierRead> answer = tier.ofCodecVersion(codecVersion).read(key);
        if (others.getCount() == 0) {
            return answer;
        }
        others.countDown();
        return Background.call(() -> {
            others.await();
            return answer.join();
        });
    }

    @Override
    public CompletableFuture<TierRead> read(String key, TierClaim claim) {
        claiming.incrementAndGet();
        return tier.ofCodecVersion(codecVersion).read(key, claim);
    }

    @Override
    public CompletableFuture<Boolean> release(String key, TierClaim claim) {
        return tier.ofCodecVersion(codecVersion).release(key, claim);
    }

    @Override
    public CompletableFuture<TierStored> store(
            String key, TierLease lease, TierValue value, Duration life, @Nullable TierClaim claim) {
        return tier.ofCodecVersion(codecVersion).store(key, lease, value, life, claim);
    }

    @Override
    public TierStats stats() {
        return tier.stats();
    }
}

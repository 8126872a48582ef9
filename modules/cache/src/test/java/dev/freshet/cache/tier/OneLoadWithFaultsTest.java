package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.testkit.FaultProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The load that others wait for does not end well: they load themselves. */
class OneLoadWithFaultsTest extends LoadsAcrossReplicas {

    @ParameterizedTest
    @EnumSource
    void ifTheLoadFailsTheOthersLoadThemselves(Way way) {
        List<Replica> replicas = replicas(5);
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), (key, context) -> {
            loads.incrementAndGet();
            awaitQuietly();
            throw new IllegalStateException("no database");
        });
        List<Replica> others = replicas.subList(1, 5);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, others, this::slowly);
        mayEnd.countDown();

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(first::join)
                .withCauseInstanceOf(LoadException.class)
                .havingRootCause()
                .withMessage("no database");
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(spared(others) + inVain(others)).isEqualTo(4);
        assertThat(inVain(others)).isPositive();
        await().until(() -> !isClaimed(KEY));
    }

    @ParameterizedTest
    @EnumSource
    void ifTheLoadKeepsNothingTheOthersLoadThemselves(Way way) {
        List<Replica> replicas = replicas(3);
        BiFunction<String, LoadContext, @Nullable String> keepsNothing = (key, context) -> {
            context.doNotStore();
            return slowly(key, context);
        };
        CompletableFuture<@Nullable String> first = begin(way, replicas.get(0), keepsNothing);
        List<CompletableFuture<@Nullable String>> waiting = waiting(way, replicas.subList(1, 3), keepsNothing);
        mayEnd.countDown();
        assertThat(join(first)).isEqualTo("Ada");
        assertThat(waiting).allSatisfy(load -> assertThat(join(load)).isEqualTo("Ada"));
        assertThat(loads).hasValue(3);
        assertThat(inVain(replicas)).isEqualTo(2);
        await().until(() -> !isClaimed(KEY));
    }

    @ParameterizedTest
    @EnumSource
    void ifTheProcessDiesTheOthersLoadAfterItsClaim(Way way) {
        Replica replica = replica();
        await().until(() -> replica.tier.read(KEY).join() instanceof TierRead.Absent);
        RedisTier dying = RedisTier.connect(Patient.tier(REDIS.uri()));
        dying.region("users", Duration.ofMinutes(10))
                .read(KEY, TierClaim.of(Duration.ofMillis(300)))
                .join();
        dying.close();
        mayEnd.countDown();
        assertThat(join(way.load(replica.region, this::slowly))).isEqualTo("Ada");
        assertThat(loads).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void ifTheLoadTakesLongTheOthersLoadAfterTheirWait(Way way) {
        Replica slow = replica();
        Replica hasty = replica(Duration.ofMillis(100), UnaryOperator.identity());
        CompletableFuture<@Nullable String> first = begin(way, slow, this::slowly);
        AtomicInteger own = new AtomicInteger();
        assertThat(join(way.load(hasty.region, (key, context) -> {
                    own.incrementAndGet();
                    return "Grace";
                })))
                .isEqualTo("Grace");
        assertThat(own).hasValue(1);
        assertThat(inVain(List.of(hasty))).isEqualTo(1);
        assertThat(hasty.local.getIfPresent(KEY)).isEqualTo("Grace");
        assertThat(first).isNotDone();
        mayEnd.countDown();
        first.join();
    }

    @ParameterizedTest
    @EnumSource
    void ifRedisIsUnavailableTheOthersLoadThemselves(Way way) {
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.server()));
        Replica first = replica();
        Replica cutOff = replica(proxy.redisUri(), LONG, UnaryOperator.identity());
        CompletableFuture<@Nullable String> load = begin(way, first, this::slowly);
        AtomicInteger own = new AtomicInteger();
        CompletableFuture<@Nullable String> waits = waiting(way, List.of(cutOff), (key, context) -> {
                    own.incrementAndGet();
                    return "Grace";
                })
                .get(0);
        proxy.cut();
        assertThat(join(waits)).isEqualTo("Grace");
        assertThat(own).hasValue(1);
        assertThat(inVain(List.of(cutOff))).isEqualTo(1);
        proxy.heal();
        mayEnd.countDown();
        load.join();
    }

    @Test
    void aFailedLoadOfManyEndsItsClaims() {
        Replica replica = replica();
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> replica.region.getAll(List.of("a", "b"), (missing, context) -> {
                    throw new IllegalStateException("no database");
                }));
        await().until(() -> !isClaimed("a") && !isClaimed("b"));
        assertThat(replica.local.stats().leases()).isZero();
    }

    @Test
    void aWaiterThatIsInterruptedClaimsNothing() throws Exception {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
        Thread waits = new Thread(() -> {
            try {
                other.region.get(KEY, this::slowly);
            } catch (Throwable thrown) {
                fault.set(thrown);
            }
        });
        waits.start();
        await().until(() -> other.late.claiming.get() > 1);
        waits.interrupt();
        waits.join();
        assertThat(fault.get()).isInstanceOf(LoadException.class).hasCauseInstanceOf(InterruptedException.class);
        mayEnd.countDown();
        load.join();
        await().until(() -> !isClaimed(KEY));
        assertThat(loads).hasValue(1);
    }

    @Test
    void aRegionThatIsClosedLetsItsWaitersLoad() {
        Replica first = replica();
        Replica other = replica();
        CompletableFuture<@Nullable String> load = begin(Way.GET, first, this::slowly);
        CompletableFuture<@Nullable String> waits =
                waiting(Way.GET, List.of(other), (key, context) -> "Grace").get(0);
        other.region.close();
        assertThat(join(waits)).isEqualTo("Grace");
        mayEnd.countDown();
        load.join();
    }
}

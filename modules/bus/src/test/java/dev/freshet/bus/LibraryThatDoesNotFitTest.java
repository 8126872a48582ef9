package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.faults.LackingClock;
import dev.freshet.bus.internal.append.RedisPublisher;
import dev.freshet.bus.internal.follow.RedisSubscriber;
import dev.freshet.bus.internal.tier.PipelinedTier;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A class or method is missing on one of the bus's threads, and will be for as long as the process lives: the thread ends, says so
 * once, and nobody who waits is left waiting. The clock, which every thread asks, stands for the library.
 */
class LibraryThatDoesNotFitTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    @RegisterExtension
    final Logged logged = new Logged();

    private final Lack lack = new Lack();
    private final LackingClock lacking = new LackingClock(lack::isMetBy);

    /** Who meets the lack. */
    private static final class Lack {
        private final Set<Thread> askedOn = ConcurrentHashMap.newKeySet();
        private volatile String thread = "none";
        private volatile String caller = "";

        /** From now on, these threads. */
        void on(String threads) {
            thread = threads;
        }

        /** From now on, a class of this name. */
        void in(String type) {
            caller = type;
        }

        boolean isMetBy(Thread current) {
            askedOn.add(current);
            return current.getName().matches(thread) || (!caller.isEmpty() && isIn(caller));
        }

        private static boolean isIn(String type) {
            return StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().endsWith("." + type)));
        }

        List<Thread> alive(String threads) {
            return askedOn.stream()
                    .filter(one -> one.isAlive() && one.getName().matches(threads))
                    .toList();
        }
    }

    private Publisher publisher() {
        Publisher publisher =
                open.closing(RedisPublisher.start(Patient.publisher(redis.uri()), PublisherListener.NONE, lacking));
        await().until(publisher::isConnected);
        publisher.publish("users", Change.ofKeys("user:1")).join();
        return publisher;
    }

    private void publish(Publisher other) {
        open.closing(other).publish("users", Change.ofKeys("user:1")).join();
    }

    private static UnavailableException refusal(CompletableFuture<?> future) {
        try {
            future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UnavailableException refusal) {
                return refusal;
            }
            throw e;
        }
        throw new AssertionError("was not refused");
    }

    private void assertThatItIsSaidOnce(String what) {
        assertThat(logged.warnings())
                .filteredOn(line -> line.contains("does not fit"))
                .singleElement()
                .asString()
                .contains(what, "of.a.library.Type.gone()");
        assertThat(logged.lines()).noneMatch(line -> line.contains("unexpectedly") || line.contains("bug"));
    }

    @Test
    void theAppendingThreadEndsAndEveryChangeIsRefused() {
        Publisher publisher = publisher();
        List<Change> changes = List.of(Change.ofKeys("user:1"), Change.of(Selector.tags("team:7")));

        lack.on("freshet-append");

        await().until(() -> lack.alive("freshet-append").isEmpty());
        List<CompletableFuture<Receipt>> all = publisher.publishAll("users", changes);
        for (CompletableFuture<?> one : List.of(publisher.publish("users", changes.get(0)), all.get(0), all.get(1))) {
            assertThat(refusal(one).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
            assertThat(refusal(one)).hasMessageContaining("gone()");
        }
        assertThat(publisher.misconfiguration()).contains("freshet-append", "gone()");
        assertThat(publisher.isConnected()).isFalse();
        assertThat(publisher.queuedInvalidations()).isZero();
        assertThatItIsSaidOnce("freshet-append");
    }

    @Test
    void withoutTheThreadForAnswersTheAppendingThreadAppends() {
        Publisher publisher = publisher();

        lack.on("freshet-append-answers");

        await().until(() -> {
            publisher.publish("users", Change.ofKeys("user:1")).join();
            return lack.alive("freshet-append-answers").isEmpty();
        });
        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThat(publisher.misconfiguration()).contains("freshet-append-answers", "gone()");
        assertThat(publisher.isConnected()).isTrue();
        assertThatItIsSaidOnce("freshet-append-answers");
    }

    @Test
    void aCallerThatCannotAppendItselfLeavesItToTheAppendingThread() {
        Publisher publisher = publisher();

        lack.in("SubstituteLeader");

        await().until(() -> {
            publisher.publish("users", Change.ofKeys("user:1")).join();
            return publisher.misconfiguration() != null;
        });
        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThatItIsSaidOnce("an append by the calling thread");
    }

    @Test
    void theThreadForQuestionsEndsAndEachIsRefused() {
        Publisher publisher = publisher();
        publisher.region("users").join();

        lack.on("freshet-member-queries");

        Duration timeout = Duration.ofSeconds(30);
        CompletableFuture<?> first = publisher.dryRun("users", List.of(Selector.all()), timeout);
        CompletableFuture<?> second = publisher.region("users");
        assertThat(refusal(first).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal(second).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal(publisher.regions()).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        await().until(() -> lack.alive("freshet-member-queries").isEmpty());
        assertThat(publisher.misconfiguration()).contains("freshet-member-queries");
        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThatItIsSaidOnce("freshet-member-queries");
    }

    private Subscriber subscriber() {
        Subscriber subscriber = open.closing(RedisSubscriber.start(
                Patient.subscriber(redis.uri()),
                Map.of("users", new RecordingReader()),
                SubscriberListener.NONE,
                lacking));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private void assertThatTheRegionIsUnconfirmedForGood(Subscriber subscriber, String thread) {
        await().until(() -> lack.alive("freshet-(receive|control)-users").isEmpty());
        assertThat(subscriber.misconfiguration()).contains(thread, "gone()");
        assertThat(subscriber.region("users").trouble()).contains("gone()");
        assertThatItIsSaidOnce(thread);
        RegionSubscription later = subscriber.follow("products", new RecordingReader());
        assertThat(later.confirmation().ageNanos()).isEqualTo(Confirmation.NEVER);
        assertThat(later.trouble()).contains("gone()");
        assertThat(subscriber.unfollow("products")).isTrue();
    }

    @Test
    void withoutTheReceivingThreadTheRegionsAreUnconfirmed() {
        Subscriber subscriber = subscriber();

        lack.on("freshet-receive-.*");
        publish(Publisher.connect(Patient.publisher(redis.uri())));

        assertThatTheRegionIsUnconfirmedForGood(subscriber, "freshet-receive-users");
    }

    @Test
    void withoutTheControlThreadTheRegionsAreUnconfirmed() {
        Subscriber subscriber = subscriber();

        lack.on("freshet-control-.*");

        assertThatTheRegionIsUnconfirmedForGood(subscriber, "freshet-control-users");
    }

    @Test
    void theThreadsOfTheTierEndAndEachReadIsAMiss() {
        RedisTier tier = open.closing(new PipelinedTier(Patient.tier(redis.uri()), lacking));
        RedisTier.Region users = tier.region("users", Duration.ofMinutes(1));
        publish(Publisher.connect(Patient.publisher(redis.uri())));
        await().until(() -> users.read("user:1").join() instanceof TierRead.Absent);

        lack.on("freshet-tier-.*");

        assertThat(users.read("user:1").join()).isInstanceOf(TierRead.Unavailable.class);
        await().until(() -> lack.alive("freshet-tier-.*").isEmpty());
        assertThat(users.read("user:2").join()).isInstanceOf(TierRead.Unavailable.class);
        assertThat(users.evict(List.of(Selector.all())).join()).isFalse();
        assertThat(tier.misconfiguration()).contains("freshet-tier-", "gone()");
        assertThatItIsSaidOnce("freshet-tier-");
    }
}

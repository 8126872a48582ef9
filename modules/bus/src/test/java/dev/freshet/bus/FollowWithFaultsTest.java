package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Regions that are followed and left while a reader, a connection or the server fails. */
class FollowWithFaultsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final Queue<String> links = new ConcurrentLinkedQueue<>();
    private RedisServer server = REDIS.server();

    @BeforeEach
    void takeServer() {
        server = REDIS.server();
    }

    private Subscriber subscriber(SubscriberConfig config) {
        return open.closing(Subscriber.connect(config, Map.of(), new SubscriberListener() {
            @Override
            public void connected(String node) {
                links.add("connected");
            }

            @Override
            public void disconnected(String node, String why) {
                links.add("disconnected: " + why);
            }
        }));
    }

    private static SubscriberConfig impatient(String uri, Duration commandTimeout) {
        return Patient.subscriber(uri)
                .withRedis(RedisConfig.of(uri).withTimeouts(Duration.ofSeconds(20), commandTimeout));
    }

    private Publisher publisher() {
        return open.closing(Publisher.connect(Patient.publisher(server.uri())));
    }

    private static void publish(Publisher publisher, String region, String key) {
        publisher.publish(region, Change.ofKeys(key)).join();
    }

    private static void followed(Subscriber subscriber, String region, RegionReader reader) {
        subscriber.follow(region, reader).caughtUp().join();
    }

    private String row(Subscriber subscriber, String region) {
        return server.execute("HGET", new RedisNames(region).members(), subscriber.memberId())
                .strip();
    }

    private boolean hasRow(Subscriber subscriber, String region) {
        return server.execute("HEXISTS", new RedisNames(region).members(), subscriber.memberId())
                .contains("1");
    }

    /** Waits until a heartbeat has written the region's row that began after this call. */
    private void awaitBeats(Subscriber subscriber, String region) {
        for (int i = 0; i < 2; i++) {
            String before = row(subscriber, region);
            await().until(() -> !row(subscriber, region).equals(before));
        }
    }

    private static boolean isAnyThreadOf(String region) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .anyMatch(name -> name.equals("freshet-receive-" + region) || name.equals("freshet-control-" + region));
    }

    /** Holds up each call of {@code apply} until it is released. */
    private static final class Audited extends RecordingReader {
        private final CountDownLatch isHeld = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        @Override
        public void apply(LoggedRecord record) {
            isHeld.countDown();
            await().forever().until(() -> release.getCount() == 0);
            super.apply(record);
        }

        void awaitHeld() {
            await().until(() -> isHeld.getCount() == 0);
        }
    }

    // ---- nothing after unfollow

    @Test
    void aReplayStopsAtTheRecordAtWhichTheRegionIsLeft() {
        FaultProxy proxy = open.closing(FaultProxy.to(server));
        Subscriber subscriber = subscriber(impatient(proxy.redisUri(), Duration.ofSeconds(1)));
        Audited users = new Audited();
        followed(subscriber, "replayed", users);
        proxy.cut();
        await().until(() -> subscriber.region("replayed").state() == RegionSubscription.State.DISCONNECTED);
        Publisher publisher = publisher();
        for (String key : List.of("a", "b", "c")) {
            publish(publisher, "replayed", key);
        }
        proxy.heal();
        users.awaitHeld();

        RegionSubscription subscription = subscriber.region("replayed");
        assertThat(subscriber.unfollow("replayed")).isTrue();
        users.release.countDown();
        await().until(() -> !isAnyThreadOf("replayed"));
        assertThat(users.events()).isEqualTo(List.of("joined", "key a"));
        assertThat(subscription.position())
                .as("what was not applied is not shown")
                .satisfies(position ->
                        assertThat(position == null ? 0 : position.sequence()).isLessThanOrEqualTo(1));
    }

    // ---- rows

    @Test
    void theRowIsGoneAlthoughTheConnectionWasLostWithoutNotice() {
        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()).withHeartbeat(Duration.ofMinutes(5)));
        followed(subscriber, "orders", new RecordingReader());
        followed(subscriber, "users", new RecordingReader());
        assertThat(hasRow(subscriber, "users")).isTrue();
        server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        assertThat(subscriber.unfollow("users")).isTrue();
        assertThat(hasRow(subscriber, "users")).isFalse();
    }

    @Test
    void theRowGoesOnceTheServerTakesWritesAgain() {
        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()).withHeartbeat(Duration.ofMinutes(5)));
        followed(subscriber, "orders", new RecordingReader());
        followed(subscriber, "users", new RecordingReader());
        assertThat(hasRow(subscriber, "users")).isTrue();
        server.execute("REPLICAOF", "127.0.0.1", "1");
        try {
            assertThat(subscriber.unfollow("users")).isTrue();
        } finally {
            server.execute("REPLICAOF", "NO", "ONE");
        }
        assertThat(hasRow(subscriber, "users")).isTrue();
        followed(subscriber, "products", new RecordingReader());
        await().until(() -> !hasRow(subscriber, "users"));
    }

    @Test
    void noHeartbeatWritesTheRowOfARegionThatLeftOverABrokenSubscription() {
        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()));
        Subscriber other = subscriber(Patient.subscriber(server.uri()));
        followed(other, "orders", new RecordingReader());
        Audited orders = new Audited();
        followed(subscriber, "orders", orders);
        List<String> regions = List.of("users", "products", "prices");
        for (String region : regions) {
            followed(subscriber, region, new RecordingReader());
        }
        publish(publisher(), "orders", "a");
        orders.awaitHeld(); // so that the thread which reads does not notice
        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        try {
            for (String region : regions) {
                assertThat(subscriber.unfollow(region)).isTrue();
            }
            awaitBeats(other, "orders"); // by now the first one's heart would have beaten, too
        } finally {
            orders.release.countDown();
        }
        awaitBeats(subscriber, "orders");
        assertThat(regions).noneMatch(region -> hasRow(subscriber, region));
    }

    // ---- acknowledgements

    @Test
    void aReaderThatHoldsTheThreadUpDoesNotCountAsAServerThatDoesNotAcknowledge() {
        Duration timeout = Duration.ofMillis(1_500);
        Subscriber subscriber = subscriber(impatient(server.uri(), timeout));
        Audited orders = new Audited();
        followed(subscriber, "orders", orders);
        publish(publisher(), "orders", "a");
        orders.awaitHeld();
        awaitBeats(subscriber, "orders"); // their answers wait to be read, before the acknowledgement
        RegionSubscription users = subscriber.follow("users", new RecordingReader());
        long sentNanos = System.nanoTime();
        await().until(() -> System.nanoTime() - sentNanos > 2 * timeout.toNanos());
        orders.release.countDown();
        users.caughtUp().join();
        assertThat(links).containsExactly("connected");
    }

    // ---- foreign code

    @Test
    void onAThreadThatItWouldWaitForTheWaitForARegionIsRefused() {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        AtomicReference<@Nullable Subscriber> itself = new AtomicReference<>();
        RecordingReader users = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                Subscriber subscriber = itself.get();
                if (subscriber != null) {
                    CompletableFuture<Void> caughtUp =
                            subscriber.follow("orders", new RecordingReader()).caughtUp();
                    try {
                        caughtUp.get(20, TimeUnit.SECONDS);
                        outcome.complete("waited");
                    } catch (IllegalStateException e) {
                        outcome.complete("refused");
                    } catch (InterruptedException | ExecutionException | TimeoutException e) {
                        outcome.completeExceptionally(e);
                    }
                }
            }
        };
        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()));
        followed(subscriber, "users", users);
        itself.set(subscriber);
        publish(publisher(), "users", "a");
        assertThat(outcome.join()).isEqualTo("refused");
        subscriber.region("orders").caughtUp().join();
    }
}

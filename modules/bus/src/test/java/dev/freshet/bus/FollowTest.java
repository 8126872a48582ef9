package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Regions that are followed and left while the subscriber runs, on one server. */
class FollowTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final RecordingReader users = new RecordingReader();
    private final RecordingReader orders = new RecordingReader();
    private RedisServer server = REDIS.server();

    @BeforeEach
    void takeServer() {
        server = REDIS.server();
    }

    private Subscriber subscriber() {
        return open.closing(Subscriber.connect(Patient.subscriber(server.uri()), Map.of()));
    }

    private Publisher publisher() {
        return open.closing(Publisher.connect(Patient.publisher(server.uri())));
    }

    private static void publish(Publisher publisher, String region, String key) {
        publisher.publish(region, Change.ofKeys(key)).join();
    }

    private static RegionSubscription followed(Subscriber subscriber, String region, RegionReader reader) {
        RegionSubscription subscription = subscriber.follow(region, reader);
        subscription.caughtUp().join();
        return subscription;
    }

    private boolean hasRow(Subscriber subscriber, String region) {
        return server.execute("HEXISTS", new RedisNames(region).members(), subscriber.memberId())
                .contains("1");
    }

    /** Threads that receive or control for regions of this name's beginning. */
    private static List<String> threadsOf(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name ->
                        name.startsWith("freshet-receive-" + prefix) || name.startsWith("freshet-control-" + prefix))
                .sorted()
                .toList();
    }

    private List<String> connectionsOf(String name) {
        return server.execute("CLIENT", "LIST")
                .lines()
                .filter(line -> line.contains("name=freshet-" + name + " "))
                .map(line -> line.replaceAll(" .*", "")) // its id
                .toList();
    }

    // ---- the promise

    @Test
    void sixtyRegionsAddedOneByOneShareTheConnectionsAndThreadsOfTheFirst() {
        SubscriberConfig config = Patient.subscriber(server.uri()).withName("sixty");
        Subscriber subscriber = open.closing(Subscriber.connect(config, Map.of()));
        Publisher publisher = publisher();
        publish(publisher, "sixty-0", "before");
        assertThat(subscriber.isCaughtUp()).isTrue();
        assertThat(connectionsOf("sixty")).isEmpty();

        List<RecordingReader> readers =
                IntStream.range(0, 60).mapToObj(i -> new RecordingReader()).toList();
        followed(subscriber, "sixty-0", readers.get(0));
        await().until(() -> connectionsOf("sixty").size() == 2);
        List<String> threads = threadsOf("sixty-");
        List<String> connections = connectionsOf("sixty");
        assertThat(threads).containsExactly("freshet-control-sixty-0", "freshet-receive-sixty-0");

        for (int i = 1; i < 60; i++) {
            followed(subscriber, "sixty-" + i, readers.get(i));
        }
        for (int i = 0; i < 60; i++) {
            publish(publisher, "sixty-" + i, "key" + i);
        }
        for (int i = 0; i < 60; i++) {
            List<String> expected = List.of("joined", "key key" + i);
            RecordingReader reader = readers.get(i);
            await().untilAsserted(() -> assertThat(reader.events()).isEqualTo(expected));
        }
        assertThat(subscriber.isCaughtUp()).isTrue();
        assertThat(threadsOf("sixty-")).isEqualTo(threads);
        assertThat(connectionsOf("sixty")).isEqualTo(connections);
        assertThat(publisher.regions().join()).hasSize(60);

        for (int i = 0; i < 60; i++) {
            assertThat(subscriber.unfollow("sixty-" + i)).isTrue();
            assertThat(hasRow(subscriber, "sixty-" + i)).isFalse();
        }
        await().until(() -> threadsOf("sixty-").isEmpty());
        await().until(() -> connectionsOf("sixty").isEmpty());
        assertThat(subscriber.regions()).isEmpty();

        // From nothing it begins again.
        followed(subscriber, "sixty-7", readers.get(7));
        publish(publisher, "sixty-7", "again");
        await().untilAsserted(() -> assertThat(readers.get(7).keys()).endsWith("again"));
    }

    @Test
    void manyRegionsFollowedAtOnceAllJoin() {
        Subscriber subscriber = subscriber();
        List<CompletableFuture<Void>> joined = IntStream.range(0, 200)
                .mapToObj(i ->
                        subscriber.follow("region" + i, new RecordingReader()).caughtUp())
                .toList();
        joined.forEach(CompletableFuture::join);
        assertThat(subscriber.isCaughtUp()).isTrue();
        assertThat(subscriber.regions()).hasSize(200);
    }

    @Test
    void aRegionThatIsLeftHearsNothingMoreAndOneThatIsFollowedAgainJoinsAfresh() {
        Subscriber subscriber = subscriber();
        Publisher publisher = publisher();
        followed(subscriber, "orders", orders);
        RegionSubscription first = followed(subscriber, "users", users);
        publish(publisher, "users", "a");
        await().untilAsserted(() -> assertThat(users.keys()).containsExactly("a"));

        assertThat(subscriber.unfollow("users")).isTrue();
        assertThat(first.state()).isEqualTo(RegionSubscription.State.DISCONNECTED);
        assertThat(first.trouble()).isEqualTo("the region is not followed any more");
        assertThat(subscriber.regions()).containsOnlyKeys("orders");
        assertThat(hasRow(subscriber, "users")).isFalse();
        publish(publisher, "users", "unheard");
        publish(publisher, "orders", "heard");
        await().untilAsserted(() -> assertThat(orders.keys()).containsExactly("heard"));
        assertThat(users.events()).containsExactly("joined", "key a");

        RegionSubscription second = followed(subscriber, "users", users);
        assertThat(second).isNotSameAs(first);
        publish(publisher, "users", "b");
        await().untilAsserted(() -> assertThat(users.events()).containsExactly("joined", "key a", "joined", "key b"));
        assertThat(orders.events()).containsExactly("joined", "key heard");
        await().until(() -> hasRow(subscriber, "users"));
    }

    @Test
    void nothingIsConfirmedBeforeTheReaderHasDroppedWhatItKept() {
        List<Long> agesBeforeJoin = new ArrayList<>();
        AtomicReference<@Nullable Confirmation> confirmation = new AtomicReference<>();
        RegionReader reader = new RecordingReader() {
            @Override
            public void attached(Confirmation now, RedisTime time) {
                confirmation.set(now);
            }

            @Override
            public void joined() {
                Confirmation now = confirmation.get();
                agesBeforeJoin.add(now == null ? -1 : now.ageNanos());
                super.joined();
            }
        };
        Subscriber subscriber = subscriber();
        followed(subscriber, "orders", orders);
        followed(subscriber, "users", reader);
        subscriber.unfollow("users");
        followed(subscriber, "users", reader);
        assertThat(agesBeforeJoin).containsExactly(Confirmation.NEVER, Confirmation.NEVER);
    }

    @Test
    void leavingTheFirstRegionDisturbsNoOther() {
        Queue<String> links = new ConcurrentLinkedQueue<>();
        Subscriber subscriber = open.closing(
                Subscriber.connect(Patient.subscriber(server.uri()), Map.of("users", users), new SubscriberListener() {
                    @Override
                    public void connected(String node) {
                        links.add("connected");
                    }

                    @Override
                    public void disconnected(String node, String why) {
                        links.add("disconnected: " + why);
                    }
                }));
        followed(subscriber, "orders", orders);
        Publisher publisher = publisher();
        subscriber.unfollow("users");

        // Heartbeats are still answered and questions still arrive, over the channel that is named after the region
        // that left.
        Confirmation confirmation = subscriber.region("orders").confirmation();
        long before = confirmation.confirmedAtMicros();
        await().until(() -> confirmation.confirmedAtMicros() > before);
        assertThat(publisher
                        .dryRun("orders", List.of(Selector.keys("a")), Duration.ofSeconds(60))
                        .join())
                .isEqualTo(new DryRunResult(1, 1, 7, List.of()));
        publish(publisher, "orders", "a");
        await().untilAsserted(() -> assertThat(orders.events()).containsExactly("joined", "key a"));
        assertThat(links).containsExactly("connected");

        // So are they after the connection was made anew.
        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        publish(publisher, "orders", "b");
        await().untilAsserted(() -> assertThat(orders.events()).containsExactly("joined", "key a", "key b"));
        await().untilAsserted(() -> assertThat(publisher
                        .dryRun("orders", List.of(Selector.keys("a")), Duration.ofSeconds(2))
                        .join()
                        .answered())
                .isEqualTo(1));
        assertThat(users.events()).containsExactly("joined");
    }

    @Test
    void whoWaitsForAMemberDoesNotWaitForOneThatLeft() {
        Subscriber subscriber = subscriber();
        followed(subscriber, "users", users);
        Publisher publisher = publisher();
        followed(subscriber, "orders", orders);
        subscriber.unfollow("users");
        Receipt receipt = publisher
                .publish("users", Change.builder().keys("a").awaited().build())
                .join();
        assertThat(publisher
                        .awaitApplied(List.of(receipt), Duration.ofSeconds(60))
                        .join())
                .isEqualTo(new AwaitResult(0, 0, List.of()));
    }

    // ---- calls under way

    @Test
    void unfollowWaitsForTheCallThatIsUnderWay() {
        CountDownLatch isApplying = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Queue<String> calls = new ConcurrentLinkedQueue<>();
        RegionReader slow = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                isApplying.countDown();
                await().until(() -> mayEnd.getCount() == 0);
                calls.add("applied");
            }

            @Override
            public void detached() {
                calls.add("detached");
            }
        };
        Subscriber subscriber = subscriber();
        followed(subscriber, "users", slow);
        Publisher publisher = publisher();
        publish(publisher, "users", "a");
        publish(publisher, "users", "b");
        await().until(() -> isApplying.getCount() == 0);

        CompletableFuture<Void> left = Background.run(() -> {
            subscriber.unfollow("users");
            calls.add("left");
        });
        await().until(() -> subscriber.regions().isEmpty());
        assertThat(calls).isEmpty();
        mayEnd.countDown();
        left.join();
        assertThat(calls).containsExactly("applied", "detached", "left");
    }

    @Test
    void aReaderThatDoesNotReturnHoldsUnfollowUpForABoundedTime() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch isApplying = new CountDownLatch(1);
        AtomicInteger detached = new AtomicInteger();
        RegionReader stuck = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                isApplying.countDown();
                await().forever().until(() -> mayEnd.getCount() == 0);
            }

            @Override
            public void detached() {
                detached.incrementAndGet();
            }
        };
        SubscriberConfig config = Patient.subscriber(server.uri())
                .withRedis(RedisConfig.of(server.uri()).withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)));
        Subscriber subscriber = open.closing(Subscriber.connect(config, Map.of("users", stuck)));
        await().until(subscriber::isCaughtUp);
        publish(publisher(), "users", "a");
        await().until(() -> isApplying.getCount() == 0);

        assertThat(subscriber.unfollow("users")).isTrue();
        assertThat(detached).hasValue(1);
        mayEnd.countDown();
    }

    // ---- while Redis is unavailable

    @Test
    void whatChangesWhileRedisDoesNotAnswerHoldsOnceItDoes() {
        FaultProxy proxy = open.closing(FaultProxy.to(server));
        SubscriberConfig config = Patient.subscriber(proxy.redisUri())
                .withRedis(
                        RedisConfig.of(proxy.redisUri()).withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(500)));
        Subscriber subscriber = open.closing(Subscriber.connect(config, Map.of()));
        RecordingReader products = new RecordingReader();
        followed(subscriber, "users", users);
        followed(subscriber, "orders", orders);
        await().until(() -> hasRow(subscriber, "users") && hasRow(subscriber, "orders"));

        proxy.cut();
        assertThat(subscriber.unfollow("users")).isTrue();
        RegionSubscription subscription = subscriber.follow("products", products);
        assertThat(subscriber.isCaughtUp()).isFalse();
        proxy.heal();

        subscription.caughtUp().join();
        await().until(() -> !hasRow(subscriber, "users"));
        Publisher publisher = publisher();
        for (String region : List.of("users", "orders", "products")) {
            publish(publisher, region, "a");
        }
        await().untilAsserted(() -> assertThat(products.keys()).containsExactly("a"));
        await().untilAsserted(() -> assertThat(orders.events()).containsExactly("joined", "key a"));
        assertThat(users.events()).containsExactly("joined");
        assertThat(hasRow(subscriber, "users")).isFalse();
    }

    @Test
    void whatStillArrivesForARegionThatWasLeftIsNotApplied() {
        CountDownLatch isDetached = new CountDownLatch(1);
        RecordingReader reader = new RecordingReader() {
            @Override
            public void detached() {
                isDetached.countDown();
            }
        };
        FaultProxy proxy = open.closing(FaultProxy.to(server));
        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(proxy.redisUri()), Map.of()));
        followed(subscriber, "users", reader);
        followed(subscriber, "orders", orders);
        Publisher publisher = publisher();

        // The end of the subscription does not reach Redis, whose records still arrive.
        proxy.stall(FaultProxy.Direction.TO_SERVER);
        CompletableFuture<Boolean> left = Background.call(() -> subscriber.unfollow("users"));
        await().until(() -> isDetached.getCount() == 0);
        publish(publisher, "users", "a");
        publish(publisher, "orders", "a");
        await().untilAsserted(() -> assertThat(orders.keys()).containsExactly("a"));
        assertThat(reader.events()).containsExactly("joined");
        proxy.heal();
        assertThat(left.join()).isTrue();
        assertThat(hasRow(subscriber, "users")).isFalse();
    }

    @Test
    void whoWaitsForARegionThatLeavesBeforeItJoinedIsTold() {
        Subscriber subscriber =
                open.closing(Subscriber.connect(SubscriberConfig.of("redis://127.0.0.1:1"), Map.of("orders", orders)));
        CompletableFuture<Void> usersJoined = subscriber.follow("users", users).caughtUp();
        CompletableFuture<Void> ordersJoined = subscriber.region("orders").caughtUp();
        assertThat(subscriber.isCaughtUp()).isFalse();

        assertThat(subscriber.unfollow("users")).isTrue();
        assertThatThrownBy(usersJoined::join)
                .hasCauseInstanceOf(BusException.class)
                .hasMessageContaining("users");
        subscriber.close();
        assertThatThrownBy(ordersJoined::join).hasCauseInstanceOf(BusException.class);
        assertThat(users.events()).isEmpty();
    }
}

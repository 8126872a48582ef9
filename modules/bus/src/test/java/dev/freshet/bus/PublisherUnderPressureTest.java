package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What a publisher does when Redis is slow, refuses, forbids or is not what was asked for: it says so, and loses nothing. */
class PublisherUnderPressureTest {

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private RedisServer server(RedisServer.Builder builder) {
        RedisServer server = builder.start();
        open.add(server);
        return server;
    }

    private Publisher publisher(PublisherConfig config) {
        Publisher publisher = Publisher.connect(config);
        open.add(publisher);
        return publisher;
    }

    private static UnavailableException refusal(CompletableFuture<Receipt> receipt) {
        try {
            receipt.join();
        } catch (CompletionException e) {
            return (UnavailableException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was appended: " + receipt.join());
    }

    @Test
    void aFullQueueRefusesAndWhatWasTakenIsAppended() {
        RedisServer server = server(RedisServer.builder());
        Publisher publisher = publisher(Patient.publisher(server.uri()).withQueue(10));
        await().until(publisher::isConnected);
        server.pause();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>(IntStream.range(0, 30)
                .mapToObj(i -> publisher.publish("users", Change.ofKeys("k" + i)))
                .toList());
        List<UnavailableException> refused = receipts.stream()
                .filter(CompletableFuture::isCompletedExceptionally)
                .map(PublisherUnderPressureTest::refusal)
                .toList();
        server.resume();

        assertThat(refused).isNotEmpty().allSatisfy(e -> {
            assertThat(e.reason()).isEqualTo(Reason.QUEUE_FULL);
            assertThat(e.mayHaveBeenAppended()).isFalse();
            assertThat(e.retryAfter()).isPositive();
        });
        receipts.removeIf(CompletableFuture::isCompletedExceptionally);
        receipts.forEach(CompletableFuture::join);
        assertThat(receipts).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void outOfMemoryIsNamedAndLeavesTheLogAlone() {
        RedisServer server = server(RedisServer.builder());
        Publisher publisher = publisher(Patient.publisher(server.uri()));
        Receipt before = publisher.publish("users", Change.ofKeys("a")).join();
        server.execute("CONFIG", "SET", "maxmemory", "1");
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("b")));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_REFUSED);
        assertThat(refusal).hasMessageContaining("OOM");
        server.execute("CONFIG", "SET", "maxmemory", "0");
        Receipt after = publisher.publish("users", Change.ofKeys("c")).join();
        assertThat(after.position()).isEqualTo(before.position().at(2));
    }

    @Test
    void aForbiddenCommandIsNamed() {
        RedisServer server = server(RedisServer.builder());
        server.execute(
                "ACL", "SETUSER", "app", "on", ">pw", "~freshet:*", "resetchannels", "&freshet:*", "+@all", "-xadd");
        String uri = server.uri().replace("redis://", "redis://app:pw@");
        Publisher publisher = publisher(Patient.publisher(uri));
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal.getMessage()).containsIgnoringCase("xadd").doesNotContain("pw@");
    }

    @Test
    void aWrongPasswordIsSaidWithoutThePassword() {
        RedisServer server = server(RedisServer.builder().withPassword("right"));
        String uri = server.uri().replace("right", "wrong-secret");
        Publisher publisher = publisher(Patient.publisher(uri));
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal.getMessage()).contains("WRONGPASS").doesNotContain("wrong-secret");
    }

    @Test
    void tooFewReplicasIsARefusalThatMayHaveBeenAppended() {
        RedisServer server = server(RedisServer.builder());
        Publisher publisher = publisher(Patient.publisher(server.uri()).withWait(1, Duration.ofMillis(50)));
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.TOO_FEW_REPLICAS);
        assertThat(refusal.mayHaveBeenAppended()).isTrue();
        assertThat(publisher.region("users").join().logRecords()).isEqualTo(1);
    }

    @Test
    void whatACallerSentWithoutAnAnswerAndIsRefusedMayHaveBeenAppended() {
        RedisServer server = server(RedisServer.builder());
        FaultProxy network = FaultProxy.to(server);
        open.add(network);
        List<String> handedBack = new CopyOnWriteArrayList<>();
        PublisherConfig config = PublisherConfig.of(network.redisUri());
        Publisher publisher = Publisher.connect(
                config.withRedis(config.redis().withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(300))),
                new PublisherListener() {
                    @Override
                    public void handedBack(String region) {
                        handedBack.add(region);
                    }
                });
        open.add(publisher);
        // Whether it is the caller who sends depends on whether the appending thread looks after something. Where a
        // former question
        // had no answer in time, nothing is sent at all.
        await().until(() -> {
            network.heal();
            await().ignoreExceptions().until(() -> publisher
                    .publish("users", Change.ofKeys("a"))
                    .thenApply(receipt -> true)
                    .join());
            int before = handedBack.size();
            network.blackhole(FaultProxy.Direction.TO_CLIENT);
            UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("b")));
            if (handedBack.size() == before) {
                return false;
            }
            assertThat(refusal.mayHaveBeenAppended()).isTrue();
            return true;
        });
    }

    /**
     * Each question that a frozen server does not answer takes a command timeout. The second one is a fresh connection's first, so
     * what the log holds afterwards tells how many were asked.
     */
    @Test
    void aFrozenServerIsSentAnAppendOnceUntilAFreshConnectionShowsThatItAnswers() {
        RedisServer server = server(RedisServer.builder());
        List<String> handedBack = new CopyOnWriteArrayList<>();
        PublisherConfig config = PublisherConfig.of(server.uri());
        Publisher publisher = Publisher.connect(
                config.withRedis(config.redis().withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(300))),
                new PublisherListener() {
                    @Override
                    public void handedBack(String region) {
                        handedBack.add(region);
                    }
                });
        open.add(publisher);
        // Whether it is the caller who sends depends on whether the appending thread looks after something.
        await().until(() -> {
            await().ignoreExceptions().until(() -> publisher
                    .publish("users", Change.ofKeys("a"))
                    .thenApply(receipt -> true)
                    .join());
            long before = publisher.region("users").join().logRecords();
            int handedBackBefore = handedBack.size();
            server.pause();
            List<CompletableFuture<Receipt>> burst = new ArrayList<>();
            burst.add(publisher.publish("users", Change.ofKeys("b")));
            IntStream.range(0, 141).forEach(i -> burst.add(publisher.publish("users", Change.ofKeys("c"))));
            burst.forEach(one -> assertThat(refusal(one).reason()).isEqualTo(Reason.REDIS_AWAY));
            server.resume();
            if (handedBack.size() == handedBackBefore) {
                return false;
            }
            await().ignoreExceptions().until(() -> publisher
                    .publish("users", Change.ofKeys("d"))
                    .thenApply(receipt -> true)
                    .join());
            assertThat(publisher.region("users").join().logRecords()).isEqualTo(before + 2);
            return true;
        });
    }

    @Test
    void aBrokenConnectionIsReplacedWithoutAnybodyNoticing() {
        RedisServer server = server(RedisServer.builder());
        Publisher publisher = publisher(Patient.publisher(server.uri()));
        publisher.publish("users", Change.ofKeys("a")).join();
        for (int i = 0; i < 5; i++) {
            server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            publisher.publish("users", Change.ofKeys("b" + i)).join();
        }
        // One of its connections may be noticed to be broken only now.
        await().until(publisher::isConnected);
    }

    @Test
    void whatWasAcknowledgedIsAppendedAgainToAnotherServer() {
        RedisServer server = server(RedisServer.builder());
        List<String> again = new ArrayList<>();
        Publisher publisher = Publisher.connect(Patient.publisher(server.uri()), new PublisherListener() {
            @Override
            public void appendedAgain(String region, int records) {
                synchronized (again) {
                    again.add(region);
                }
            }
        });
        open.add(publisher);
        publisher.publish("users", Change.ofKeys("a")).join();
        assertThat(publisher.acknowledgedBytes()).isPositive();
        server.kill();
        server.startEmpty();
        await().untilAsserted(() -> {
            synchronized (again) {
                assertThat(again).containsExactly("users");
            }
        });
        assertThat(publisher.region("users").join().logRecords()).isEqualTo(1);
    }

    @Test
    void manyRecordsAreAppendedAgainInFewRoundTripsInTheirOrderAndAreToldOnce() {
        RedisServer server = server(RedisServer.builder());
        FaultProxy network = FaultProxy.to(server);
        open.add(network);
        List<Integer> again = new CopyOnWriteArrayList<>();
        Publisher publisher = Publisher.connect(Patient.publisher(network.redisUri()), new PublisherListener() {
            @Override
            public void appendedAgain(String region, int records) {
                again.add(records);
            }
        });
        open.add(publisher);
        int records = 2_000;
        for (int i = 0; i < records; i++) {
            publisher.publish("users", Change.ofKeys("k" + i)).join();
        }
        server.startEmpty();
        // One round trip a record would be more than a minute.
        network.latency(Duration.ofMillis(20));
        await().untilAsserted(() -> assertThat(again).containsExactly(records));
        network.heal();

        RecordingReader reader = new RecordingReader();
        try (Jedis jedis = new Jedis(URI.create(server.uri()))) {
            for (Object entry : jedis.xrange(bytes(new RedisNames("users").log()), bytes("-"), bytes("+"))) {
                List<?> fields = (List<?>) ((List<?>) entry).get(1);
                Decoded.Intact record = (Decoded.Intact) RecordCodec.decode((byte[]) fields.get(1));
                reader.apply(new LoggedRecord(record.header(), record.body()));
            }
        }
        assertThat(reader.keys())
                .isEqualTo(IntStream.range(0, records).mapToObj(i -> "k" + i).toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aReplicaIsNotWrittenToAndASubscriberThereIsNeverConfirmed() {
        RedisServer master = server(RedisServer.builder());
        RedisServer replica = server(RedisServer.builder().withSetting("replicaof 127.0.0.1 " + master.port()));
        Publisher publisher = publisher(Patient.publisher(replica.uri()));
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_AWAY);

        List<String> whys = new ArrayList<>();
        Subscriber subscriber = Subscriber.connect(
                Patient.subscriber(replica.uri()), Map.of("users", new RecordingReader()), new SubscriberListener() {
                    @Override
                    public void heartbeatFailed(String node, String why) {
                        synchronized (whys) {
                            whys.add(why);
                        }
                    }
                });
        open.add(subscriber);
        await().untilAsserted(() -> {
            synchronized (whys) {
                assertThat(whys).anyMatch(why -> why.contains("not a master"));
            }
        });
        assertThat(subscriber.isCaughtUp()).isFalse();
    }

    @Test
    void closingAppendsWhatIsQueuedAndRefusesTheRest() {
        RedisServer server = server(RedisServer.builder());
        Publisher publisher = Publisher.connect(Patient.publisher(server.uri()));
        List<CompletableFuture<Receipt>> receipts = IntStream.range(0, 1_000)
                .mapToObj(i -> publisher.publish("users", Change.ofKeys("k" + i)))
                .toList();
        publisher.close();
        assertThat(receipts).allSatisfy(receipt -> assertThat(receipt).isCompleted());
        assertThat(refusal(publisher.publish("users", Change.ofKeys("late"))).reason())
                .isEqualTo(Reason.CLOSED);
    }
}

package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What befalls one shard of a cluster, or one slot: the regions of the others do not notice, and its own do as soon as it is over. */
@Timeout(600)
class ClusterShardsTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    final Closing open = new Closing();

    private static RedisCluster cluster;
    private static int tests;

    private final List<String> again = new CopyOnWriteArrayList<>();

    /** Each test has regions of its own, for the cluster is the same. */
    private String prefix;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.started();
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @BeforeEach
    void drawPrefix() {
        prefix = "test" + tests++ + "-";
    }

    private RedisServer masterOf(String region) {
        return cluster.masterOf(new RedisNames(region).head());
    }

    private String region(Predicate<RedisServer> master) {
        return region(master, "");
    }

    /** Another region on the same master, in another slot. */
    private String neighbourOf(String region) {
        RedisServer its = masterOf(region);
        return region(master -> master == its, region);
    }

    private String region(Predicate<RedisServer> master, String butNot) {
        for (int i = 0; ; i++) {
            String region = prefix + i;
            if (!region.equals(butNot) && master.test(masterOf(region))) {
                return region;
            }
        }
    }

    private String elsewhere(String region) {
        RedisServer its = masterOf(region);
        return region(master -> master != its);
    }

    private Publisher publisher(Duration commandTimeout) {
        PublisherConfig config = Patient.publisher(cluster.uri());
        return publisher(config.withRedis(config.redis().withTimeouts(commandTimeout, commandTimeout)));
    }

    private Publisher publisher() {
        return publisher(Patient.publisher(cluster.uri()));
    }

    private Publisher publisher(PublisherConfig config) {
        return open.closing(Publisher.connect(config, new PublisherListener() {
            @Override
            public void appendedAgain(String region, int records) {
                again.add(region);
            }
        }));
    }

    private Subscriber subscriber(SubscriberListener listener, String... regions) {
        Map<String, RecordingReader> readers = new HashMap<>();
        List.of(regions).forEach(region -> readers.put(region, new RecordingReader()));
        SubscriberConfig config = Patient.subscriber(cluster.uri());
        return open.closing(Subscriber.connect(config, readers, listener));
    }

    private static CompletableFuture<Receipt> publish(Publisher publisher, String region) {
        return publisher.publish(region, Change.ofKeys("a"));
    }

    private static void assertLogged(CompletableFuture<Receipt> receipt) {
        assertThat(receipt).succeedsWithin(LONG);
    }

    // ---- shards

    @Test
    void anIdleShardThatLosesItsDataGetsItBackWithoutAPublish() {
        RedisServer first = cluster.masterOf("freshet"); // the one that a publisher looks after anyway
        String idle = region(master -> master != first);
        Publisher publisher = publisher();
        assertLogged(publish(publisher, idle));
        masterOf(idle).kill();
        masterOf(idle).start();
        await().atMost(LONG).untilAsserted(() -> assertThat(again).containsExactly(idle));
    }

    @Test
    void aSlotWithoutMasterHoldsUpNoOtherRegion() {
        String orphan = region(master -> true);
        String other = elsewhere(orphan);
        Publisher publisher = publisher();
        assertLogged(publish(publisher, orphan));
        assertLogged(publish(publisher, other));
        cluster.takeSlotOf(new RedisNames(orphan).head());
        await().atMost(LONG).until(() -> publish(publisher, orphan)
                .handle((receipt, fault) -> fault != null)
                .join());
        for (int i = 0; i < 50; i++) {
            CompletableFuture<Receipt> refused = publish(publisher, orphan);
            CompletableFuture<Receipt> logged = publish(publisher, other);
            assertLogged(logged);
            assertThatThrownBy(refused::join).hasCauseInstanceOf(UnavailableException.class);
        }
        cluster.giveSlotBackOf(new RedisNames(orphan).head());
        await().atMost(LONG).until(() -> publish(publisher, orphan)
                .handle((receipt, fault) -> fault == null)
                .join());
    }

    @Test
    void aShardThatNeverAnswersHoldsUpNoOtherRegion() {
        String silent = region(master -> master != cluster.masters().get(0));
        String other = elsewhere(silent);
        ScriptedServer silence = open.closing(ScriptedServer.start(ScriptedServer.silence()));
        announce(masterOf(silent), silence.port());
        Publisher publisher = publisher(LONG);
        assertLogged(publish(publisher, other));
        CompletableFuture<Receipt> waits = publish(publisher, silent);
        for (int i = 0; i < 20; i++) {
            assertLogged(publish(publisher, other));
        }
        assertThat(waits).as("the append that no server answers").isNotDone();
        announce(masterOf(silent), masterOf(silent).port());
    }

    @Test
    void aShardThatHasTheSetOfRegionsAndNeverAnswersHoldsUpNoOther() {
        PublisherConfig config = Patient.publisher(cluster.uri());
        config = config.withRedis(
                config.redis().withNamespace("store").withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)));
        RedisServer its = cluster.masterOf("store:regions");
        assertThat(its).isNotSameAs(cluster.masterOf("freshet"));
        String other = region(master -> master != its);
        ScriptedServer silence = open.closing(ScriptedServer.start(ScriptedServer.silence()));
        announce(its, silence.port());
        assertLogged(publish(publisher(config), other));
        announce(its, its.port());
    }

    /** Lets clients find a master at another port than its own, if they ask the first. */
    private static void announce(RedisServer master, int port) {
        String shown = Integer.toString(port);
        master.execute("CONFIG", "SET", "cluster-announce-port", shown);
        await().atMost(LONG)
                .until(() -> cluster.masters().get(0).execute("CLUSTER", "SLOTS"), slots -> slots.contains(shown));
    }

    @Test
    void aSubscriberOfASlotWithoutMasterConfirmsItsOtherRegions() {
        String orphan = region(master -> true);
        String other = elsewhere(orphan);
        cluster.takeSlotOf(new RedisNames(orphan).head());
        for (String first : List.of(orphan, other)) {
            // Whichever comes first: its link finds the nodes of both.
            String second = first.equals(orphan) ? other : orphan;
            Subscriber subscriber = subscriber(SubscriberListener.NONE, first, second);
            await().atMost(LONG).until(() -> isConfirmed(subscriber, other));
            assertThat(isConfirmed(subscriber, orphan)).isFalse();
            assertThat(subscriber.region(orphan).trouble()).contains("no master");
        }
        Subscriber subscriber = subscriber(SubscriberListener.NONE, orphan, other);
        cluster.giveSlotBackOf(new RedisNames(orphan).head());
        await().atMost(LONG).until(() -> isConfirmed(subscriber, orphan));
        await().atMost(LONG).until(() -> isConfirmed(subscriber, other));
    }

    private static boolean isConfirmed(Subscriber subscriber, String region) {
        return subscriber.region(region).confirmation().confirmedAtMicros() != 0;
    }

    // ---- a slot that moves

    @Test
    void aRegionWhoseKeysHaveMovedIsAppendedToWhileItsSlotStillMoves() {
        String moving = region(master -> true);
        Publisher publisher = publisher();
        assertLogged(publish(publisher, moving));
        RedisCluster.SlotMove move = cluster.beginMoveOf(new RedisNames(moving).head());
        assertLogged(publish(publisher, moving)); // where it was
        move.moveAllKeys();
        for (int i = 0; i < 3; i++) {
            assertLogged(publish(publisher, moving)); // where it will be
        }
        move.finish();
        assertLogged(publish(publisher, moving));
        assertThat(publisher.region(moving).join().logRecords())
                .as("two that were appended again on the new server, and four that were appended there")
                .isEqualTo(6);
    }

    @Test
    void aRegionOfWhichHalfHasMovedWaitsForTheRest() {
        String moving = region(master -> true);
        String other = elsewhere(moving);
        Publisher publisher = publisher(LONG);
        assertLogged(publish(publisher, moving));
        RedisNames names = new RedisNames(moving);
        RedisCluster.SlotMove move = cluster.beginMoveOf(names.head());
        move.moveKey(names.log());
        CompletableFuture<Receipt> waits = publish(publisher, moving);
        for (int i = 0; i < 20; i++) {
            assertLogged(publish(publisher, other));
        }
        assertThat(waits).as("an append to a region that is in two halves").isNotDone();
        move.moveAllKeys();
        assertLogged(waits);
        move.finish();
    }

    @Test
    void aRegionThatIsNewWaitsUntilItsSlotHasMoved() {
        String fresh = region(master -> true);
        RedisCluster.SlotMove move = cluster.beginMoveOf(new RedisNames(fresh).head());
        Publisher publisher = publisher(LONG);
        CompletableFuture<Receipt> waits = publish(publisher, fresh);
        assertLogged(publish(publisher, elsewhere(fresh)));
        assertThat(waits).isNotDone();
        move.finish();
        assertLogged(waits);
    }

    @Test
    void aMoveThatTakesTooLongIsToldToTheCaller() {
        String moving = region(master -> true);
        Publisher publisher = publisher(Duration.ofMillis(500));
        RedisCluster.SlotMove move = cluster.beginMoveOf(new RedisNames(moving).head());
        assertThat(publish(publisher, moving))
                .failsWithin(LONG)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(UnavailableException.class, refusal -> {
                    assertThat(refusal.reason()).isEqualTo(UnavailableException.Reason.REDIS_AWAY);
                    assertThat(refusal).hasMessageContaining("slot");
                });
        move.finish();
    }

    @Test
    void aSlotThatMovesUnconfirmsItsOwnRegionOnly() {
        String moving = region(master -> true);
        String neighbour = neighbourOf(moving);
        AtomicInteger connections = new AtomicInteger();
        Subscriber subscriber = subscriber(
                new SubscriberListener() {
                    @Override
                    public void connected(String node) {
                        connections.incrementAndGet();
                    }
                },
                moving,
                neighbour);
        await().atMost(LONG).until(subscriber::isCaughtUp);
        RedisNames names = new RedisNames(moving);
        RedisCluster.SlotMove move = cluster.beginMoveOf(names.head());
        move.moveKey(names.head());
        await().atMost(LONG)
                .until(() -> String.valueOf(subscriber.region(moving).trouble()).contains("slot"));
        int before = connections.get();
        long confirmed = confirmedAtMicros(subscriber, neighbour);
        for (int i = 0; i < 10; i++) {
            long last = confirmed;
            await().atMost(LONG).until(() -> confirmedAtMicros(subscriber, neighbour) > last);
            confirmed = confirmedAtMicros(subscriber, neighbour);
        }
        assertThat(connections).as("subscriptions during the move").hasValue(before);
        move.moveAllKeys();
        move.finish();
        long moved = confirmedAtMicros(subscriber, moving);
        await().atMost(LONG).until(() -> confirmedAtMicros(subscriber, moving) > moved);
    }

    @Test
    void aMasterWithoutReplicasMayBeAFormerOneSoTheMasterIsLookedUpAgain() {
        List<String> lost = new CopyOnWriteArrayList<>();
        String region = region(master -> true);
        Subscriber subscriber = subscriber(
                new SubscriberListener() {
                    @Override
                    public void disconnected(String node, String why) {
                        lost.add(why);
                    }
                },
                region);
        await().atMost(LONG).until(subscriber::isCaughtUp);
        RedisServer master = masterOf(region);
        master.execute("CONFIG", "SET", "min-replicas-to-write", "1");
        try {
            await().atMost(LONG)
                    .until(() -> lost.stream().anyMatch(why -> why.contains("may not be the master any more")));
        } finally {
            master.execute("CONFIG", "SET", "min-replicas-to-write", "0");
        }
        long before = confirmedAtMicros(subscriber, region);
        await().atMost(LONG).until(() -> confirmedAtMicros(subscriber, region) > before);
    }

    private static long confirmedAtMicros(Subscriber subscriber, String region) {
        return subscriber.region(region).confirmation().confirmedAtMicros();
    }

    // ---- clocks

    @Test
    void whatIsAppendedOnAnotherNodeTellsItsTimesOnThatNodesClock() {
        String moving = region(master -> master == cluster.masters().get(0));
        RedisServer to = cluster.masters().get(1);
        ScriptedServer ahead = open.closing(ScriptedServer.start(anHourAhead(to.port())));
        announce(to, ahead.port());
        Publisher publisher = publisher();
        assertLogged(publish(publisher, moving));
        assertLogged(publish(publisher, region(master -> master == to))); // so that it is connected to both
        cluster.moveSlotOf(new RedisNames(moving).head());
        assertLogged(publish(publisher, moving));
        assertThat(again).contains(moving);
        List<Long> minutesAhead = LoggedKeys.records(to.uri(), moving).stream()
                .map(record -> {
                    long accepted = record.body().invalidations().get(0).acceptedAtMicros();
                    return Duration.ofNanos(1_000 * (accepted - record.header().loggedAtMicros()))
                            .toMinutes();
                })
                .toList();
        // One that was retransmitted, and one that was routed; the server's own clock is not ahead.
        assertThat(minutesAhead).hasSize(2).allSatisfy(minutes -> assertThat(minutes)
                .isBetween(50L, 60L));
        announce(to, to.port());
    }

    /** Forwards to a server, except that {@code TIME} says an hour later. */
    private static ScriptedServer.Behaviour anHourAhead(int port) {
        byte[] time = "*1\r\n$4\r\nTIME\r\n".getBytes(StandardCharsets.US_ASCII);
        return (in, out) -> {
            try (Socket target = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Thread answers = new Thread(() -> {
                    try {
                        target.getInputStream().transferTo(out);
                    } catch (IOException ended) {
                        // Either side closed the connection.
                    }
                });
                answers.setDaemon(true);
                answers.start();
                byte[] chunk = new byte[8192];
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    if (Arrays.equals(chunk, 0, count, time, 0, time.length)) {
                        long micros = TimeSource.SYSTEM.wallMicros() + 3_600_000_000L;
                        String seconds = Long.toString(micros / 1_000_000);
                        String rest = Long.toString(micros % 1_000_000);
                        out.write(("*2\r\n" + ScriptedServer.bulk(seconds) + ScriptedServer.bulk(rest))
                                .getBytes(StandardCharsets.US_ASCII));
                    } else {
                        target.getOutputStream().write(chunk, 0, count);
                    }
                    out.flush();
                }
            }
        };
    }

    // ---- an address that is not a cluster's

    @Test
    void aPlainAddressOfAClusterSaysWhatItMustBe() {
        RedisServer one = cluster.masters().get(0);
        String foreign = region(master -> master != one);
        Publisher publisher = publisher(Patient.publisher(one.uri()));
        assertThat(publish(publisher, foreign))
                .failsWithin(LONG)
                .withThrowableThat()
                .havingCause()
                .withMessageContaining("redis-cluster://");
        assertThat(Objects.requireNonNull(masterOf(foreign))).isNotSameAs(one);
    }
}

package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An address behind which another server becomes the master: a DNS name, a Kubernetes Service, a proxy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class MovedEndpointFaultsIT {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(90);

    private final Size size = Size.chosen();
    private final RedisServer one = RedisServer.builder().onThisMachine().start();
    private final RedisServer other = RedisServer.builder().onThisMachine().start();
    private final FaultProxy toPublisher = FaultProxy.to(one);
    private final FaultProxy toFirst = FaultProxy.to(one);
    private final FaultProxy toSecond = FaultProxy.to(one);
    private final List<FaultProxy> proxies = List.of(toPublisher, toFirst, toSecond);
    private final Line line =
            new Line(size, "moved-endpoint", toPublisher.redisUri(), List.of(toFirst.redisUri(), toSecond.redisUri()));
    private RedisServer master = one;
    private RedisServer replica = other;

    @AfterAll
    void stop() {
        line.close();
        proxies.forEach(FaultProxy::close);
        one.close();
        other.close();
    }

    @BeforeEach
    void replicate() {
        follow(replica, master);
    }

    private static void follow(RedisServer replica, RedisServer master) {
        replica.execute("REPLICAOF", master.host(), Integer.toString(master.port()));
        await("the replica is in sync").atMost(LONGEST_WAIT).until(() -> replica.execute("INFO", "replication")
                .contains("master_link_status:up"));
    }

    private void swapRoles() {
        RedisServer former = master;
        master = replica;
        replica = former;
    }

    @Test
    void an_endpoint_moves_and_every_open_connection_stays_with_the_old_master() throws Exception {
        FaultTable.add(new FaultRun(line, size, Fault.ENDPOINT_MOVED, line.replicas(), size.entries()).run(() -> {
            replica.execute("REPLICAOF", "NO", "ONE");
            master.execute("REPLICAOF", replica.host(), Integer.toString(replica.port()));
            proxies.forEach(proxy -> proxy.moveTo(replica));
            swapRoles();
        }));
    }

    @Test
    void a_publisher_is_alone_with_the_old_master_for_longer_than_it_keeps_what_was_acknowledged() throws Exception {
        FaultTable.add(new FaultRun(line, size, Fault.LONG_PARTITION, line.replicas(), size.entries()).run(() -> {
            toFirst.cut();
            toSecond.cut();
            replica.execute("REPLICAOF", "NO", "ONE");
            long before = line.writer().acknowledgedBlocks();
            await().pollDelay(size.partitionTime()).atMost(LONGEST_WAIT).until(() -> true);
            assertThat(line.writer().acknowledgedBlocks())
                    .as("what the old master acknowledged alone")
                    .isGreaterThan(before);
            // First the publisher: what the old master acknowledged later, nobody else could know.
            toPublisher.moveTo(replica);
            toPublisher.dropConnections();
            toFirst.moveTo(replica);
            toSecond.moveTo(replica);
            toFirst.heal();
            toSecond.heal();
            swapRoles();
        }));
    }
}

package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.faults.Line.Replica;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A master that dies, and Sentinels that promote its replica. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class SentinelFaultsIT {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);
    private static final String HEAD = "freshet:{users}:head";

    private final Size size = Size.chosen();
    private final RedisSentinels sentinels = RedisSentinels.started();
    private final Line line = new Line(size, "sentinels", sentinels.uri(), List.of(sentinels.uri(), sentinels.uri()));

    @AfterAll
    void stop() {
        line.close();
        sentinels.close();
    }

    @Test
    void sentinels_fail_over_to_the_replica_of_a_master_that_dies() throws Exception {
        sentinels.restoreReplica();
        FaultTable.add(new FaultRun(line, size, Fault.FAILOVER, line.replicas(), size.entries()).run(() -> {
            RedisServer master = sentinels.master();
            master.kill();
            sentinels.awaitFailover(master);
        }));
    }

    @Test
    void sentinels_fail_over_to_a_replica_that_lacks_acknowledged_records_while_a_subscriber_is_frozen()
            throws Exception {
        sentinels.restoreReplica();
        Replica victim = line.replicas().get(0);
        double againBefore = appendedAgain();
        FaultTable.add(new FaultRun(line, size, Fault.LOSSY_FAILOVER, line.replicas(), size.entries()).run(() -> {
            RedisServer master = sentinels.master();
            RedisServer replica = sentinels.replica();
            victim.process().freeze();
            refuseReplication(master);
            long before = line.writer().acknowledgedBlocks();
            await("each key is changed")
                    .atMost(LONGEST_WAIT)
                    .until(() -> line.writer().acknowledgedBlocks() - before >= Writer.blocksOf(size.entries() / 2));
            long acknowledged = sequence(master);
            long replicated = sequence(replica);
            master.kill();
            assertThat(replicated).as("what the replica has").isLessThan(acknowledged);
            sentinels.awaitFailover(master);
            victim.process().thaw();
        }));
        assertThat(appendedAgain()).as("records that were appended again").isGreaterThan(againBefore);
    }

    /** Cuts replication: the replica stays reachable, but gets nothing more from its master. */
    private static void refuseReplication(RedisServer master) {
        master.execute("ACL", "SETUSER", "default", "-psync", "-sync");
        master.execute("CLIENT", "KILL", "TYPE", "replica");
    }

    private static long sequence(RedisServer server) {
        return Long.parseLong(server.execute("HGET", HEAD, "seq"));
    }

    private double appendedAgain() {
        return line.publisher().metricsPage().sum("freshet_publisher_appended_again_total");
    }
}

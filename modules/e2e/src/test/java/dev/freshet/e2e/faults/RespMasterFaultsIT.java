package dev.freshet.e2e.faults;

import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another server becomes the master behind sidecars with a RESP port. */
@Tag("ci")
class RespMasterFaultsIT {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(90);

    @Test
    @Tag("nightly")
    void sentinels_fail_over() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.started();
                RespFaultRun run = new RespFaultRun(
                        Size.chosen(),
                        "resp-sentinels",
                        sentinels::master,
                        List.of(sentinels.uri(), sentinels.uri()))) {
            run.writer().awaitReplica(true);
            run.run(RespFault.FAILOVER, () -> {
                RedisServer master = sentinels.master();
                run.writer().awaitReplica(false);
                master.kill();
                sentinels.awaitFailover(master);
            });
        }
    }

    @Test
    void an_endpoint_moves_and_the_tracking_connections_stay() throws Exception {
        try (Pair pair = new Pair("resp-moved")) {
            pair.run.run(RespFault.ENDPOINT_MOVED, () -> {
                pair.two.execute("REPLICAOF", "NO", "ONE");
                pair.one.execute("REPLICAOF", pair.two.host(), Integer.toString(pair.two.port()));
                pair.tracking.moveTo(pair.two);
                pair.others.moveTo(pair.two);
                pair.master.set(pair.two);
                pair.others.dropConnections();
            });
        }
    }

    @Test
    @Tag("nightly")
    void an_isolated_master_stays_reachable() throws Exception {
        try (Pair pair = new Pair("resp-isolated")) {
            pair.one.execute("CONFIG", "SET", "min-replicas-to-write", "1");
            pair.one.execute("CONFIG", "SET", "min-replicas-max-lag", "1");
            pair.run.run(RespFault.OLD_MASTER_ISOLATED, () -> {
                pair.two.execute("REPLICAOF", "NO", "ONE");
                pair.master.set(pair.two);
                pair.one.execute("CLIENT", "KILL", "TYPE", "normal"); // the writer goes to the new master
                RespFaultRun.hold(RespFault.OLD_MASTER_ISOLATED
                        .allowance()
                        .plus(Size.chosen().faultTime()));
                pair.tracking.moveTo(pair.two);
                pair.others.moveTo(pair.two);
                pair.tracking.dropConnections();
                pair.others.dropConnections();
            });
        }
    }

    /** Two servers, and a sidecar whose address of Redis can move from the first to the second. */
    private static final class Pair implements AutoCloseable {
        private final RedisServer one = RedisServer.builder().onThisMachine().start();
        private final RedisServer two = RedisServer.builder().onThisMachine().start();
        private final AtomicReference<RedisServer> master = new AtomicReference<>(one);
        private final FaultProxy tracking = FaultProxy.to(one);
        private final FaultProxy others = FaultProxy.to(one);
        private final TrackingRoute route = new TrackingRoute(tracking, others);
        private final RespFaultRun run;

        Pair(String name) throws Exception {
            two.execute("REPLICAOF", one.host(), Integer.toString(one.port()));
            await("the replica is in sync").atMost(LONGEST_WAIT).until(() -> two.execute("INFO", "replication")
                    .contains("master_link_status:up"));
            run = new RespFaultRun(Size.chosen(), name, master::get, List.of(route.redisUri()));
            run.writer().awaitReplica(false);
        }

        @Override
        public void close() {
            run.close();
            route.close();
            tracking.close();
            others.close();
            two.close();
            one.close();
        }
    }
}

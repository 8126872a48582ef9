package dev.freshet.e2e.faults;

import dev.freshet.testkit.RedisCluster;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Three masters, of which one gives the region away. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class ClusterFaultsIT {
    private static final String HEAD = "freshet:{users}:head";

    private final Size size = Size.chosen();
    private final RedisCluster cluster = RedisCluster.started();
    private final Line line = new Line(size, "cluster", cluster.uri(), List.of(cluster.uri(), cluster.uri()));

    @AfterAll
    void stop() {
        line.close();
        cluster.close();
    }

    @Test
    void the_slot_of_a_region_moves_to_another_master() throws Exception {
        FaultTable.add(new FaultRun(line, size, Fault.SLOT_MOVED, line.replicas(), size.entries())
                .run(() -> cluster.moveSlotOf(HEAD)));
    }
}

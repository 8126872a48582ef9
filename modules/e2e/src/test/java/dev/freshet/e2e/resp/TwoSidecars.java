package dev.freshet.e2e.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.nio.file.Path;

/** Two sidecars with a RESP port before one Redis. */
final class TwoSidecars implements AutoCloseable {

    private final int here = LoopbackPorts.free();
    private final int there = LoopbackPorts.free();
    private final ServiceProcess one;
    private final ServiceProcess other;

    TwoSidecars(Path folder, RedisServer redis) {
        one = start(folder, "one", here, redis);
        other = start(folder, "other", there, redis);
    }

    private static ServiceProcess start(Path folder, String name, int port, RedisServer redis) {
        return ServiceProcess.start("subscriber", folder, name, """
                        regions: { users: {} }
                        resp: { port: %d, rules: { users: { pattern: "user:*", region: users } } }
                        """.formatted(port), redis.uri())
                .awaitReady();
    }

    /** Returns the first one's RESP port. */
    int here() {
        return here;
    }

    /** Returns the other one's RESP port. */
    int there() {
        return there;
    }

    void assertHits(int least) {
        assertThat(hits(one)).isGreaterThan(least);
        assertThat(hits(other)).isGreaterThan(least);
    }

    private static double hits(ServiceProcess subscriber) {
        return subscriber.metricsPage().sum("freshet_resp_commands_total", "reason=\"hit\"");
    }

    @Override
    public void close() {
        one.close();
        other.close();
    }
}

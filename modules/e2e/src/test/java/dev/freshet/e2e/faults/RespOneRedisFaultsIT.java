package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Faults between sidecars with a RESP port and one Redis. Those of a network hit the first sidecar. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class RespOneRedisFaultsIT {

    private final RedisServer redis = RedisServer.builder()
            .withSetting("appendonly yes")
            .withSetting("appendfsync always")
            .start();
    private final FaultProxy tracking = FaultProxy.to(redis);
    private final FaultProxy others = FaultProxy.to(redis);
    private final FaultProxy toBystander = FaultProxy.to(redis);
    private final TrackingRoute route = new TrackingRoute(tracking, others);
    private final RespFaultRun run = new RespFaultRun(
            Size.chosen(), "resp-one-redis", () -> redis, List.of(route.redisUri(), toBystander.redisUri()));

    RespOneRedisFaultsIT() throws IOException {}

    @AfterAll
    void stop() {
        run.close();
        route.close();
        List.of(tracking, others, toBystander).forEach(FaultProxy::close);
        redis.close();
    }

    @Test
    @Tag("nightly")
    void a_sidecar_is_cut_off() throws Exception {
        run.run(RespFault.CUT, () -> {
            tracking.cut();
            others.cut();
            RespFaultRun.hold(Duration.ofSeconds(2));
            tracking.heal();
            others.heal();
        });
    }

    @Test
    void everything_between_a_sidecar_and_redis_vanishes() throws Exception {
        run.run(RespFault.HALF_OPEN, () -> {
            tracking.blackhole();
            others.blackhole();
            run.hold();
            tracking.heal();
            others.heal();
        });
    }

    @Test
    @Tag("nightly")
    void a_sidecar_is_frozen() throws Exception {
        run.run(RespFault.FROZEN, () -> {
            run.sidecar(0).freeze();
            run.hold();
            run.sidecar(0).thaw();
        });
    }

    @Test
    void only_the_tracking_connection_is_frozen() throws Exception {
        run.run(RespFault.TRACKING_FROZEN, () -> {
            tracking.stall();
            run.hold();
            tracking.heal();
        });
    }

    @Test
    @Tag("nightly")
    void a_publisher_dies() throws Exception {
        try (ServiceProcess publisher =
                ServiceProcess.start("publisher", run.folder(), "publisher", "{}", redis.uri())) {
            publisher.awaitReady();
            run.run(RespFault.PUBLISHER_DEAD, () -> {
                publisher.kill();
                run.hold();
            });
        }
    }

    @Test
    @Tag("nightly")
    void redis_is_killed() throws Exception {
        run.run(RespFault.REDIS_KILLED, () -> {
            redis.kill();
            redis.start();
        });
    }

    @Test
    @Tag("nightly")
    void redis_is_out_of_memory() throws Exception {
        run.run(RespFault.OUT_OF_MEMORY, () -> {
            redis.execute("SET", "user:deleted", "1");
            redis.execute("CONFIG", "SET", "maxmemory", "1");
            assertThat(run.clients(0).readAfterDelete("user:deleted")).isNull();
            run.hold();
            redis.execute("CONFIG", "SET", "maxmemory", "0");
        });
    }
}

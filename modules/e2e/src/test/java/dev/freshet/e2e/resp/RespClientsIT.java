package dev.freshet.e2e.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client in another language, unchanged but for its port, at the RESP ports of two sidecars before one Redis. */
@Tag("ci")
class RespClientsIT {

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void pythonReadsAtOnePortWhatItWroteAtTheOther() throws IOException {
        String python = pythonWithRedis();
        Path script = folder.resolve("redis_clients.py");
        try (InputStream content = RespClientsIT.class.getResourceAsStream("redis_clients.py")) {
            Files.copy(Objects.requireNonNull(content), script);
        }
        int here = LoopbackPorts.free();
        int there = LoopbackPorts.free();
        try (RedisServer redis = RedisServer.started();
                ServiceProcess one = start("one", here, redis);
                ServiceProcess other = start("other", there, redis)) {
            HostTool.Finished ran = HostTool.run(
                    folder,
                    List.of(
                            python,
                            script.toString(),
                            Integer.toString(here),
                            Integer.toString(there),
                            Integer.toString(redis.port())));

            assertThat(ran.exit()).as(ran.out() + ran.err()).isZero();
            assertThat(ran.out().lines()).hasSize(11);
            assertThat(hits(one)).isGreaterThan(100);
            assertThat(hits(other)).isGreaterThan(100);
        }
    }

    /** Returns the first Python that has redis-py: that of the PATH may be another than the one that Debian's package is for. */
    private String pythonWithRedis() {
        List<String> programs = List.of(HostTool.require("python3").program().toString(), "/usr/bin/python3");
        Optional<String> found = programs.stream()
                .filter(program -> Files.isExecutable(Path.of(program)))
                .filter(program -> HostTool.run(folder, List.of(program, "-c", "import redis"))
                                .exit()
                        == 0)
                .findFirst();
        assumeTrue(found.isPresent(), "needs a Python with redis-py, which Debian packages as python3-redis");
        return found.orElseThrow();
    }

    private ServiceProcess start(String name, int port, RedisServer redis) {
        return ServiceProcess.start("subscriber", folder, name, """
                        regions: { users: {} }
                        resp: { port: %d, rules: { users: { pattern: "user:*", region: users } } }
                        """.formatted(port), redis.uri())
                .awaitReady();
    }

    private static double hits(ServiceProcess subscriber) {
        return subscriber.metricsPage().sum("freshet_resp_commands_total", "reason=\"hit\"");
    }
}

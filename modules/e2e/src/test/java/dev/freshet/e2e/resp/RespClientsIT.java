package dev.freshet.e2e.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.NodePackages;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients in other languages, unchanged but for their port, at the RESP ports of two sidecars before one Redis. */
@Tag("ci")
class RespClientsIT {

    private static final Path SCRIPTS = Checkout.file("modules/e2e/src/test/resources/dev/freshet/e2e/resp");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void pythonReadsAtOnePortWhatItWroteAtTheOther() {
        assertThat(checks(List.of(pythonWithRedis(), script("redis_clients.py"))))
                .hasSize(11);
    }

    @Test
    void phpReadsAtOnePortWhatItWroteAtTheOther() {
        String php = HostTool.require("php").program().toString();
        assumeTrue(
                HostTool.run(folder, List.of(php, "-m")).out().lines().anyMatch("redis"::equals),
                "needs PHP with its Redis extension, which Debian packages as php-redis");
        assertThat(checks(List.of(php, script("redis_clients.php")))).hasSize(8);
    }

    @Test
    void nodeReadsAtOnePortWhatItWroteAtTheOther() throws IOException {
        String node = HostTool.require("node").program().toString();
        Path packages = NodePackages.install(SCRIPTS.resolve("node"), "resp-node");
        for (String script : List.of("node_redis.mjs", "ioredis.mjs")) {
            assertThat(checks(List.of(node, packages.resolve(script).toString())))
                    .as(script)
                    .hasSize(8);
        }
    }

    private static String script(String name) {
        return SCRIPTS.resolve(name).toString();
    }

    /** Runs a script with the ports of two sidecars and of Redis. Returns the checks that it printed. */
    private List<String> checks(List<String> command) {
        try (RedisServer redis = RedisServer.started();
                TwoSidecars sidecars = new TwoSidecars(folder, redis)) {
            List<String> all = new ArrayList<>(command);
            Stream.of(sidecars.here(), sidecars.there(), redis.port())
                    .map(String::valueOf)
                    .forEach(all::add);
            HostTool.Finished ran = HostTool.run(folder, all);

            assertThat(ran.exit()).as(ran.out() + ran.err()).isZero();
            sidecars.assertHits(100);
            return ran.out().lines().toList();
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

    // ---- The page

    /** The first step's YAML, the second step's program, and the snippet of the exact commands, with other ports only. */
    @Test
    void whatThePageShowsWorks() throws IOException {
        int port = LoopbackPorts.free();
        try (RedisServer redis = RedisServer.started();
                ServiceProcess subscriber = ServiceProcess.start(
                                "subscriber",
                                folder,
                                "page",
                                block("yaml", 0)
                                        .replaceFirst("(?m)^redis: .*\n", "")
                                        .replace("port: 6380", "port: " + port),
                                redis.uri())
                        .awaitReady()) {
            String first = block("python", 0);
            assertThat(first).contains("port=6380");
            assertThat(block("yaml", 0)).contains("redis: {", "port: 6380");
            String program = first.replace("port=6380", "port=" + port)
                    + "for _ in range(500):\n    assert r.get(\"user:1\") == b\"Ada\"\n" + block("python", 1)
                    + "assert value == b\"Ada\" and state in (b\"confirmed\", b\"redis\")\n";
            Path file = Files.writeString(folder.resolve("page.py"), program);
            HostTool.run(folder, List.of(pythonWithRedis(), file.toString())).expectSuccess();
            assertThat(subscriber.metricsPage().sum("freshet_resp_commands_total", "answered=\"here\""))
                    .isPositive();
        }
    }

    /** Returns a block of the page without the indentation of its list. */
    private static String block(String language, int number) throws IOException {
        return Pattern.compile("(?s)```" + language + "\n(.*?)```")
                .matcher(Files.readString(Checkout.file("docs/RESP.md")))
                .results()
                .skip(number)
                .findFirst()
                .orElseThrow()
                .group(1)
                .stripIndent();
    }
}

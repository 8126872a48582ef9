package dev.freshet.e2e.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of the README, one by one, and compares each result with the comment behind it. Only the ports differ. The
 * demo and this build are left out: other tests run them.
 */
class ReadmeIT {

    private static final Pattern EXPECTED_STATUS = Pattern.compile("# (\\d{3})");
    private static final Pattern LEASE = Pattern.compile("(?im)^lease: (\\S+)");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    private final List<Process> background = new ArrayList<>();
    private final Map<String, String> ports = new HashMap<>();

    @AfterEach
    void stop() {
        background.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        });
    }

    @Test
    void theFiveMinutesOverHttpAreAsTheReadmeSays() throws Exception {
        HostTool.require("curl");
        HostTool.require("bash");
        List<String> done = new ArrayList<>();
        try (RedisServer redis = RedisServer.started()) {
            for (String port : List.of("8700", "8701", "8710", "8711")) {
                ports.put(port, Integer.toString(LoopbackPorts.free()));
            }
            String lease = "";
            for (String command : Commands.of(Checkout.file("README.md"))) {
                String typed = adapt(command, redis.uri()).replace("<token>", lease);
                if (command.startsWith("java -jar")) {
                    background.add(start(typed));
                } else if (command.startsWith("cat >")) {
                    HostTool.run(folder, List.of("bash", "-c", typed)).expectSuccess();
                } else if (command.startsWith("curl")) {
                    awaitReady();
                    String out = expectStatus(command, typed);
                    Matcher named = LEASE.matcher(out);
                    lease = named.find() ? named.group(1) : lease;
                } else {
                    continue;
                }
                done.add(command);
            }
        }
        assertThat(done).as("the commands that were found and typed").hasSize(8);
    }

    private String adapt(String command, String redisUri) {
        String adapted = command.replace("redis://127.0.0.1:6379", redisUri)
                .replace(" publisher/target", " " + Checkout.root() + "/publisher/target")
                .replace(" subscriber/target", " " + Checkout.root() + "/subscriber/target")
                .replace("localhost:", "127.0.0.1:");
        if (command.startsWith("java -jar publisher")) {
            adapted = "FRESHET_HTTP_PORT=8700 FRESHET_MANAGEMENT_PORT=8701 exec " + adapted.replace(" &", "");
        } else if (command.startsWith("java -jar subscriber")) {
            adapted = "FRESHET_HTTP_PORT=8710 FRESHET_MANAGEMENT_PORT=8711 exec " + adapted.replace(" &", "");
        }
        for (Map.Entry<String, String> port : ports.entrySet()) {
            adapted = adapted.replace("=" + port.getKey(), "=" + port.getValue())
                    .replace(":" + port.getKey() + "/", ":" + port.getValue() + "/");
        }
        return adapted;
    }

    private Process start(String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log" + background.size()).toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("FRESHET_"));
        return builder.start();
    }

    private void awaitReady() {
        for (String port : List.of("8701", "8711")) {
            String ready = "curl -sf 127.0.0.1:" + ports.get(port) + "/health/ready";
            await().atMost(Duration.ofMinutes(3))
                    .until(() ->
                            HostTool.run(folder, List.of("bash", "-c", ready)).exit() == 0);
        }
    }

    /** Checks the output of a command. An eviction follows its invalidation soon, not at once, so some commands are repeated. */
    private String expectStatus(String command, String typed) {
        Matcher status = EXPECTED_STATUS.matcher(command);
        String output = HostTool.run(folder, List.of("bash", "-c", typed)).expectSuccess();
        if (status.find()) {
            assertThat(output).as(typed).startsWith("HTTP/1.1 " + status.group(1));
        } else {
            await().until(() ->
                    !HostTool.run(folder, List.of("bash", "-c", typed)).out().isBlank());
        }
        return output;
    }
}

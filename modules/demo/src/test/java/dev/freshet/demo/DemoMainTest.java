package dev.freshet.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DemoMainTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis-sentinel://:secret@127.0.0.1:26379/mymaster",
                "redis-cluster://:secret@127.0.0.1:7000,127.0.0.1:7001",
                "rediss://:secret@127.0.0.1:6379",
                "redis://:secret@127.0.0.1:6379,127.0.0.1:6380",
                "127.0.0.1:6379"
            })
    void respNeedsOnePlainRedis(String uri) {
        StringWriter errors = new StringWriter();

        int exitCode =
                new CommandLine(new DemoMain()).setErr(new PrintWriter(errors)).execute("--resp", "--redis", uri);

        assertThat(exitCode).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--resp needs one plain Redis, like redis://host:6379")
                .doesNotContain("secret");
    }
}

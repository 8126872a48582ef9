package dev.freshet.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs {@code ./freshet demo}, and interrupts, kills and breaks it. */
class DemoIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @BeforeEach
    void bePatient() {
        Awaitility.setDefaultTimeout(PATIENCE);
    }

    @Test
    void theDemoRunsChecksAndLeavesNothingBehind() throws Exception {
        try (DemoRun demo = DemoRun.start("--for", "10s", "--replicas", "2")) {
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isZero();
            assertThat(demo.pids())
                    .containsOnlyKeys("redis", "publisher", "subscriber-1", "subscriber-2", "app-1", "app-2");
            assertThat(demo.isRunning()).isTrue();
            assertThat(demo.lines())
                    .anyMatch(line -> line.matches("  over HTTP, write-aside: .* a miss, loaded, in replica 1; .*"))
                    .anyMatch(line -> line.matches("  over HTTP, write-through: .* a hit in replica 1; .*"))
                    .anyMatch(line -> line.matches("  in Java, region.afterWrite: .* a miss, loaded, in replica 1; .*"))
                    .anyMatch(line -> line.matches("  in Java, region.write: .* a hit in replica 1; .*"));
            assertThat(demo.text())
                    .contains("Summary after ", "hit rate", "stale reads outside the window: 0", "OK: ")
                    .doesNotContain("\033[");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    @Test
    @Tag("ci")
    void whatIsKilledIsSaidAndComesBack() throws Exception {
        try (DemoRun demo = DemoRun.start("--for", "45s", "--replicas", "2")) {
            await().until(() -> demo.isRunning() || !demo.isAlive());
            for (String victim : List.of("subscriber-1", "publisher", "redis")) {
                long pid = Objects.requireNonNull(demo.pids().get(victim), demo.text());

                ProcessHandle.of(pid).orElseThrow().destroyForcibly();

                String said = victim + " (pid " + pid + ") was killed (signal 9); starting it again";
                await().until(() -> (demo.says(said) && demo.isBack(victim)) || !demo.isAlive());
                assertThat(demo.says(said)).as(demo.text()).isTrue();
                assertThat(demo.pids().get(victim)).isNotEqualTo(pid);
            }
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isZero();
            assertThat(demo.text()).contains("stale reads outside the window: 0", "everything is up");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    @Test
    void ctrlCEndsAllThatItStarted() throws Exception {
        try (DemoRun demo = DemoRun.start("--replicas", "2")) {
            await().until(() -> demo.isRunning() || !demo.isAlive());

            demo.interrupt();
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isEqualTo(130);
            assertThat(demo.text()).contains("Summary after ", "Interrupted: ").doesNotContain("starting it again");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    @Test
    @Tag("ci")
    void theProcessesNoticeTheirSupervisorsDeath() throws Exception {
        try (DemoRun demo = DemoRun.start("--replicas", "1")) {
            await().until(() -> demo.isRunning() || !demo.isAlive());

            demo.killSupervisor();

            assertThat(demo.awaitEnd()).isNotZero();
            await().untilAsserted(() -> assertThat(demo.leftSomethingBehind()).isFalse());
        }
    }
}

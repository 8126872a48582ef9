package dev.freshet.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code ./freshet demo}, and breaks, interrupts and kills it. */
class DemoIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Longer than the demo waits for an answer. */
    private static final Duration NO_ANSWER = Duration.ofSeconds(9);

    /** What each key plays, and the begin of its story. */
    private static final Map<String, String> STORIES = Map.of(
            "c", "cut 2 s · missed ",
            "s", "slow load overtaken by a change · r2 refused to store it ",
            "f", "frozen 3 s · r2 asked on waking: stale 0 of 20; the naive one: ",
            "r", "Redis came back empty · nothing proves the entries: ",
            "k", "killed · r2 back and confirmed after ");

    @BeforeEach
    void bePatient() {
        Awaitility.setDefaultTimeout(PATIENCE);
    }

    @Test
    void theScriptPlaysEveryFaultAndOnlyTheNaiveReplicaIsStale() throws Exception {
        try (DemoRun demo = DemoRun.start("--script", "faults", "--replicas", "2")) {
            await().until(() -> demo.isRunning() || !demo.isAlive());
            long publisher = Objects.requireNonNull(demo.pids().get("publisher"), demo.text());
            CheckedReads checked = CheckedReads.start(demo.address("r1"), demo.address("r2"));
            ProcessHandle.of(publisher).orElseThrow().destroyForcibly();
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isZero();
            assertThat(checked.stop()).as(demo.text()).isPositive();
            assertThat(demo.pids()).containsOnlyKeys("redis", "publisher", "r1", "r2", "naive");
            assertThat(demo.story()).contains(STORIES.values());
            assertThat(demo.text())
                    .contains(
                            "publisher (pid " + publisher + ") was killed (signal 9); starting it again",
                            "PUT user:",
                            "OK: no read was stale",
                            "everything is up")
                    .doesNotContain("\033[");
            assertThat(demo.story()).containsPattern("missed ([0-9]+) · replayed \\1 · thrown away 0 · stale 0;");
            assertThat(demo.lines()).allMatch(line -> line.length() <= 100, "has at most 100 columns");
            assertThat(demo.story())
                    .containsPattern(
                            "5 faults, [0-9]+ reads, 0 stale\\. Caffeine with bare Pub/Sub: [1-9][0-9]* stale\\.$");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    @Tag("ci")
    @Test
    void aRunInWhichReadsFailProvesNothing() throws Exception {
        try (DemoRun demo = DemoRun.start("--for", "8s", "--replicas", "1")) {
            await().until(() -> demo.isRunning() || !demo.isAlive());
            String replica = Long.toString(Objects.requireNonNull(demo.pids().get("r1"), demo.text()));
            demo.stopFor(replica, NO_ANSWER);
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isEqualTo(3);
            assertThat(demo.text()).contains("INCONCLUSIVE: no read was stale, but ");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    /** Writes the picture of the pages, if -Dfreshet.screenshots=write says so. */
    @Test
    @Tag("ci")
    void onATerminalEachKeyTellsItsStoryAndCtrlCEndsEverything(@TempDir Path folder) throws Exception {
        HostTool.require("script");
        try (DemoRun demo = DemoRun.onTerminal("--replicas", "3")) {
            await().until(() -> demo.text().contains("[c]ut") || !demo.isAlive());
            play(demo, "c", "s", "f");
            try (TerminalPicture picture = TerminalPicture.of(demo.text(), folder)) {
                assertThat(picture.text()).contains("┌ r1 ", "┌ naive ", "stale window", "[c]ut", STORIES.get("f"));
                byte[] png = picture.png();
                if ("write".equals(System.getProperty("freshet.screenshots"))) {
                    Files.write(Checkout.file("docs/images/demo.png"), png);
                }
            }
            play(demo, "r", "k");
            demo.type("\003");
            demo.awaitEnd();

            assertThat(demo.story())
                    .contains("┌ r1 ", "┌ naive ", "stale window", "Interrupted: 0 reads were stale.", "exit 130")
                    .contains(STORIES.values())
                    .contains("terminal restored");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    private static void play(DemoRun demo, String... keys) throws IOException {
        for (String key : keys) {
            demo.type(key);
            await().until(() -> demo.story().contains(STORIES.getOrDefault(key, "")) || !demo.isAlive());
        }
    }

    @Test
    @Tag("ci")
    void theProcessesNoticeTheirSupervisorsDeath() throws Exception {
        try (DemoRun demo = DemoRun.start("--replicas", "1")) {
            await().until(() -> demo.pids().containsKey("r1") || !demo.isAlive());

            demo.killSupervisor();

            assertThat(demo.awaitEnd()).isNotZero();
            await().untilAsserted(() -> assertThat(demo.leftSomethingBehind()).isFalse());
        }
    }
}

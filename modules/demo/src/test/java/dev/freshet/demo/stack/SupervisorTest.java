package dev.freshet.demo.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.LoopbackPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the supervisor with processes that only sleep, or listen. */
class SupervisorTest {

    @TempDir
    private Path folder = Path.of("");

    private final List<String> events = new CopyOnWriteArrayList<>();

    private ProcessSpec spec(String name, String script) {
        return new ProcessSpec(
                name,
                List.of("sh", "-c", script),
                List.of(),
                Map.of(),
                folder.resolve(name + ".log"),
                () -> true,
                "nowhere");
    }

    private Supervisor supervisor() throws IOException {
        return Supervisor.create(folder, events::add, Duration.ofSeconds(20));
    }

    @Test
    void whatIsKilledIsStartedAgainAndSaid() throws IOException {
        try (Supervisor supervisor = supervisor()) {
            SupervisedProcess process = supervisor
                    .start(List.of(() -> spec("one", "exec sleep 600")))
                    .get(0);
            long pid = process.pid();
            assertThat(supervisor.isAllUp()).isTrue();

            ProcessHandle.of(pid).orElseThrow().destroyForcibly();

            await().until(() -> process.starts() == 2 && process.state() == SupervisedProcess.State.UP);
            assertThat(process.pid()).isNotEqualTo(pid);
            await().untilAsserted(() -> assertThat(events)
                    .anyMatch(event -> event.contains("one (pid " + pid + ") was killed (signal 9)"))
                    .anyMatch(event -> event.contains("is back")));
        }
    }

    @Test
    void closingEndsEverything() throws IOException {
        SupervisedProcess stubborn;
        SupervisedProcess willing;
        try (Supervisor supervisor = supervisor()) {
            stubborn = supervisor
                    .start(List.of(() -> spec("stubborn", "trap '' TERM; while :; do sleep 1; done")))
                    .get(0);
            willing = supervisor
                    .start(List.of(() -> spec("willing", "exec sleep 600")))
                    .get(0);
        }

        assertThat(ProcessHandle.of(stubborn.pid()).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(ProcessHandle.of(willing.pid()).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(events).noneMatch(event -> event.contains("again"));
    }

    @Test
    void whatEndsBeforeItIsReadyFailsTheStart() throws IOException {
        try (Supervisor supervisor = supervisor()) {
            ProcessSpec spec = new ProcessSpec(
                    "broken",
                    List.of("sh", "-c", "exit 2"),
                    List.of(),
                    Map.of(),
                    folder.resolve("broken.log"),
                    () -> false,
                    "nowhere");

            assertThatThrownBy(() -> supervisor.start(List.of(() -> spec)))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("broken")
                    .hasMessageContaining("exit code 2")
                    .hasMessageContaining("broken.log");
        }
    }

    /** Between its choice and the start of its process, anybody may get a port. */
    @Test
    void aProcessWhosePortIsTakenIsStartedOnAnother() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Supervisor supervisor = supervisor()) {
            int free = LoopbackPorts.free();
            Iterator<Integer> ports =
                    List.of(other.getLocalPort(), other.getLocalPort(), free).iterator();

            SupervisedProcess process =
                    supervisor.start(List.of(() -> listener(ports.next()))).get(0);

            assertThat(process.spec().ports()).containsExactly(free);
            assertThat(process.starts()).isEqualTo(3);
            assertThat(events.get(0)).contains("listener", "port " + other.getLocalPort(), "another");
            assertThat(events.get(2)).contains("listener", "is up");
        }
    }

    @Test
    void aProcessWhosePortsAreAllTakenFailsTheStart() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Supervisor supervisor = supervisor()) {
            assertThatThrownBy(() -> supervisor.start(List.of(() -> listener(other.getLocalPort()))))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("listener.log");
        }
    }

    private ProcessSpec listener(int port) {
        Path log = folder.resolve("listener.log");
        return new ProcessSpec(
                "listener",
                List.of(
                        ChildProcess.java(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ListenerMain.class.getName(),
                        Integer.toString(port)),
                List.of(port),
                Map.of(),
                log,
                () -> ListenerMain.saysThatItListens(log, port),
                "port " + port);
    }

    @Test
    void theWatchEndsWhatItsDeadParentLeftBehind() throws IOException {
        Path left = folder.resolve("left");
        assertThat(left.toFile().mkdir()).isTrue();
        Process child = new ProcessBuilder("sleep", "600").start();
        Process forgotten = new ProcessBuilder("sleep", "600").start();
        DeathWatch watch = DeathWatch.start(left);
        watch.add(forgotten.pid());
        watch.add(child.pid());
        watch.remove(forgotten.pid());

        // The watch learns of its parent's death only by the end of its input.
        watch.close();

        await().untilAsserted(() -> assertThat(child.isAlive()).isFalse());
        assertThat(forgotten.isAlive()).isTrue();
        await().untilAsserted(() -> assertThat(left).doesNotExist());
        forgotten.destroyForcibly();
    }
}

package dev.freshet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A port that was handed out is nobody else's, though nothing listens on it yet. */
class LoopbackPortsTest {

    private static final int OURS = 800;
    private static final int OF_THE_OTHER = 300;

    @Test
    void noPortIsHandedOutTwiceInThisJvmOrInAnotherOne() throws Exception {
        Set<Integer> ours = new HashSet<>();
        for (int i = 0; i < OURS; i++) {
            assertThat(ours.add(LoopbackPorts.free())).isTrue();
        }
        Process other = new ProcessBuilder(List.of(
                        ChildProcess.java(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        OtherJvm.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Integer> its;
        try (var lines = other.inputReader(StandardCharsets.US_ASCII).lines()) {
            its = lines.map(Integer::valueOf).toList();
        }
        assertThat(other.waitFor()).isZero();
        assertThat(its).hasSize(OF_THE_OTHER).doesNotHaveDuplicates().doesNotContainAnyElementsOf(ours);
    }

    /** Prints the ports that it gets. */
    static final class OtherJvm {
        private OtherJvm() {}

        public static void main(String[] arguments) {
            Stream.generate(LoopbackPorts::free).limit(OF_THE_OTHER).forEach(System.out::println);
        }
    }
}

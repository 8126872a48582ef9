package dev.freshet.e2e.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.BareCheckout;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fresh clone shows the demo. The next {@code mvn verify} checks the classes that the launcher has compiled unchecked. */
@Tag("ci")
class FirstContactIT {

    /** A class that Error Prone refuses: it compares two arrays by identity. */
    private static final String FAULTY = """
            package dev.freshet.schema;

            final class Faulty {
                private Faulty() {}

                static boolean same(byte[] one, byte[] other) {
                    return one.equals(other);
                }
            }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    @Test
    void theDemoRunsAndVerifyStillChecksWhatItCompiled() throws IOException {
        HostTool.require("mvn");
        Path checkout = BareCheckout.withSources(folder);
        Path faulty = checkout.resolve("shared/src/main/java/dev/freshet/schema/Faulty.java");
        Files.writeString(faulty, FAULTY);

        Finished demo = HostTool.run(
                checkout, List.of(checkout.resolve("freshet").toString(), "demo", "--replicas", "1", "--for", "3s"));
        Finished verify =
                HostTool.run(checkout, List.of("mvn", "-B", "-pl", "shared", "-Dspotless.check.skip=true", "verify"));

        assertThat(demo.exit()).as(demo.out() + demo.err()).isZero();
        assertThat(checkout.resolve("shared/target/quick/classes/dev/freshet/schema/Faulty.class"))
                .exists();
        assertThat(verify.exit()).as(verify.out()).isNotZero();
        assertThat(verify.out()).contains("Faulty.java", "[ArrayEquals]");
    }
}

package dev.freshet.demo;

import dev.freshet.testkit.KeptText;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The text that {@code ./freshet demo --help} prints without building anything. */
class HelpTextTest {

    @Test
    void theHelpIsAsPrinted() throws IOException {
        KeptText.check(Path.of("../cli/help/freshet-demo.txt"), new CommandLine(new DemoMain()).getUsageMessage());
    }
}

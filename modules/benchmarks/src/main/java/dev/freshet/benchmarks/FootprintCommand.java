package dev.freshet.benchmarks;

import dev.freshet.benchmarks.footprint.Footprint;
import dev.freshet.benchmarks.page.PerformancePage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

@CommandLine.Command(
        name = Footprint.NAME,
        mixinStandardHelpOptions = true,
        description =
                "Start, memory and processor time of an idle subscriber, with the image's settings and with others.")
final class FootprintCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "How many rounds count.")
    private int rounds;

    @CommandLine.Option(names = "--only-shipped", description = "Only the image's settings.")
    private boolean onlyShipped;

    @CommandLine.Option(names = "--newest-jdk", description = "Another JDK to make the image of, to compare with.")
    private @Nullable Path newestJdk;

    @CommandLine.Option(names = "--write-docs", description = "Writes the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        Footprint footprint =
                new Footprint(rounds, onlyShipped, newestJdk, Duration.ofSeconds(10), System.err::println);
        PerformancePage.present(footprint.run(), writeDocs);
        return 0;
    }
}

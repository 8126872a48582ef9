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
                "Measures start, memory and processor time of an idle subscriber, with the image's and other settings.")
final class FootprintCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(
            names = "--only-shipped",
            description = "Measure only the image's settings, without and with a RESP port.")
    private boolean onlyShipped;

    @CommandLine.Option(names = "--newest-jdk", description = "Another JDK to build the image with, for comparison.")
    private @Nullable Path newestJdk;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        Footprint footprint =
                new Footprint(rounds, onlyShipped, newestJdk, Duration.ofSeconds(10), System.err::println);
        PerformancePage.present(footprint.run(), writeDocs);
        return 0;
    }
}

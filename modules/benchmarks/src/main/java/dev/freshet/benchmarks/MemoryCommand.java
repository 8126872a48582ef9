package dev.freshet.benchmarks;

import dev.freshet.benchmarks.footprint.MemoryPerEntry;
import dev.freshet.benchmarks.page.PerformancePage;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = MemoryPerEntry.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures the memory of an entry beyond key and value, beside Caffeine.")
final class MemoryCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--entries", defaultValue = "200000", description = "Number of entries.")
    private int entries;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        PerformancePage.present(new MemoryPerEntry(rounds, entries, System.err::println).run(), writeDocs);
        return 0;
    }
}

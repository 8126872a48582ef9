package dev.freshet.benchmarks;

import dev.freshet.benchmarks.footprint.MemoryPerEntry;
import dev.freshet.benchmarks.page.PerformancePage;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = MemoryPerEntry.NAME,
        mixinStandardHelpOptions = true,
        description = "What an entry takes beyond its key and its value, beside Caffeine.")
final class MemoryCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "How many rounds count.")
    private int rounds;

    @CommandLine.Option(names = "--entries", defaultValue = "200000", description = "How many entries.")
    private int entries;

    @CommandLine.Option(names = "--write-docs", description = "Writes the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        PerformancePage.present(new MemoryPerEntry(rounds, entries, System.err::println).run(), writeDocs);
        return 0;
    }
}

package dev.freshet.benchmarks;

import dev.freshet.benchmarks.inner.InnerParts;
import dev.freshet.benchmarks.page.PerformancePage;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = InnerParts.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures encode, decode, hit, eviction, lease, store and broad invalidations with JMH.")
final class InnerCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--quick", description = "One short round: shows only whether it works.")
    private boolean quick;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        PerformancePage.present(new InnerParts(rounds, quick, System.err::println).run(), writeDocs);
        return 0;
    }
}

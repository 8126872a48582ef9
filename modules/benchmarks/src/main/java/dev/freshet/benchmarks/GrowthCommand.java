package dev.freshet.benchmarks;

import dev.freshet.benchmarks.growth.Growth;
import dev.freshet.benchmarks.page.PerformancePage;
import dev.freshet.benchmarks.report.Report;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = Growth.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures how costs grow with subscribers, regions, entries, keys, tags, prefixes and load.")
final class GrowthCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--smoke", description = "Little of everything: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        Growth.Plan plan = smoke ? Growth.Plan.smoke() : Growth.Plan.full(rounds);
        Growth growth = new Growth(plan, System.err::println);
        Report report = growth.run();
        PerformancePage.present(report, writeDocs);
        String arithmetic = growth.arithmetic(report);
        System.out.print(arithmetic);
        if (writeDocs) {
            PerformancePage.write("SCALE.md", "arithmetic", arithmetic);
        }
        return 0;
    }
}

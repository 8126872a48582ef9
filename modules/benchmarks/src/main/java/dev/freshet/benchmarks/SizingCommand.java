package dev.freshet.benchmarks;

import dev.freshet.benchmarks.footprint.Sizing;
import dev.freshet.benchmarks.page.PerformancePage;
import dev.freshet.benchmarks.report.Markdown;
import dev.freshet.benchmarks.report.Report;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = Sizing.NAME,
        mixinStandardHelpOptions = true,
        description =
                "Measures the memory of a subscriber by its entries, and processor time by changed keys per second.")
final class SizingCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/performance/SIZING.md.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        Report report =
                new Sizing(Sizing.Plan.full(), Path.of(System.getProperty("java.home")), System.err::println).run();
        String tables = Markdown.tables(report) + "Measured on " + report.machine() + ".\n";
        System.out.print(tables);
        if (writeDocs) {
            PerformancePage.write("performance/SIZING.md", Sizing.NAME, tables);
        }
        return 0;
    }
}

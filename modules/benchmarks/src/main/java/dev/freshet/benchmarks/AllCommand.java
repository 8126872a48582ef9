package dev.freshet.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = "all",
        mixinStandardHelpOptions = true,
        description = "Runs all measurements of docs/PERFORMANCE.md, one after the other: about 20 minutes.")
final class AllCommand implements Callable<Integer> {

    private static final List<List<String>> MEASUREMENTS = List.of(
            List.of("e2e"),
            List.of("inner"),
            List.of("http"),
            List.of("resp"),
            List.of("memory"),
            List.of("footprint", "--only-shipped"),
            List.of("growth"));

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        int failed = 0;
        for (List<String> measurement : MEASUREMENTS) {
            List<String> arguments = new ArrayList<>(measurement);
            if (writeDocs) {
                arguments.add("--write-docs");
            }
            if (new CommandLine(BenchmarksMain.class).execute(arguments.toArray(String[]::new)) != 0) {
                System.err.println("Measurement failed: " + String.join(" ", measurement) + ". Its output is above.");
                failed++;
            }
        }
        return failed;
    }
}

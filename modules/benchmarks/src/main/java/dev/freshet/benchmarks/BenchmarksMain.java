package dev.freshet.benchmarks;

import dev.freshet.benchmarks.source.SourceCommand;
import picocli.CommandLine;

/** The command line: one subcommand for each measurement. */
@CommandLine.Command(
        name = "freshet-benchmarks",
        mixinStandardHelpOptions = true,
        description = "Measures Freshet beside the floor that Redis sets and beside other libraries.",
        subcommands = {
            EndToEndCommand.class,
            InnerCommand.class,
            HttpCommand.class,
            RespCommand.class,
            MemoryCommand.class,
            FootprintCommand.class,
            SizingCommand.class,
            GrowthCommand.class,
            EvictionCommand.class,
            SourceCommand.class,
            LoadCommand.class,
            AllCommand.class
        })
public final class BenchmarksMain {

    private BenchmarksMain() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BenchmarksMain()).execute(arguments));
    }
}

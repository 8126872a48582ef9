package dev.freshet.benchmarks;

import dev.freshet.benchmarks.page.PerformancePage;
import dev.freshet.benchmarks.resp.RespReads;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = RespReads.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures the RESP port beside Redis, and beside the caches of Lettuce and node-redis.")
final class RespCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--smoke", description = "A moment each: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        RespReads.Plan plan = smoke ? RespReads.Plan.smoke() : RespReads.Plan.full(rounds);
        PerformancePage.present(new RespReads(plan, System.err::println).run(), writeDocs);
        return 0;
    }
}

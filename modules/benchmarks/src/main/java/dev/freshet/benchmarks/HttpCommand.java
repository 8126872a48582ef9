package dev.freshet.benchmarks;

import dev.freshet.benchmarks.http.HitOverHttp;
import dev.freshet.benchmarks.page.PerformancePage;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = HitOverHttp.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures a hit over the subscriber's HTTP API beside a constant response. Requires wrk.")
final class HttpCommand implements Callable<Integer> {

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--smoke", description = "One second each: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        if (!HitOverHttp.isPossible()) {
            System.err.println("Not measured: no wrk on the PATH. Install it; on Debian: apt-get install wrk");
            return 1;
        }
        HitOverHttp.Plan plan = smoke ? HitOverHttp.Plan.smoke() : HitOverHttp.Plan.full(rounds);
        PerformancePage.present(new HitOverHttp(plan, System.err::println).run(), writeDocs);
        return 0;
    }
}

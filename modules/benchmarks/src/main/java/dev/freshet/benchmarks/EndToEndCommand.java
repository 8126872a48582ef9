package dev.freshet.benchmarks;

import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.endtoend.EndToEnd;
import dev.freshet.benchmarks.page.PerformancePage;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

@CommandLine.Command(
        name = EndToEnd.NAME,
        mixinStandardHelpOptions = true,
        description = "Measures stale window and throughput of all contenders, in interleaved rounds on one Redis.")
final class EndToEndCommand implements Callable<Integer> {

    @CommandLine.Option(
            names = "--redis",
            description = "Use this Redis and DELETE EVERYTHING in it. Default: start one.")
    private @Nullable URI redis;

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(
            names = "--only",
            split = ",",
            description = "Contenders that take part: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Kind> only = List.of();

    @CommandLine.Option(names = "--smoke", description = "A few keys, one round: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        List<Kind> kinds = new ArrayList<>(only.isEmpty() ? List.of(Kind.values()) : only);
        if (Checkout.builtJar("publisher").isEmpty()) {
            kinds.remove(Kind.FRESHET_HTTP);
        }
        EndToEnd.Plan full = EndToEnd.Plan.full(rounds);
        EndToEnd.Plan plan = smoke
                ? EndToEnd.Plan.smoke(kinds)
                : new EndToEnd.Plan(
                        kinds,
                        full.warmUpRounds(),
                        rounds,
                        full.staleWindowKeys(),
                        full.throughputDivisor(),
                        full.apart());
        try (RedisProcess process = redis == null ? RedisProcess.start() : RedisProcess.at(redis)) {
            Report report = new EndToEnd(plan, process, System.err::println).run();
            PerformancePage.present(report, writeDocs);
        }
        return 0;
    }
}

package dev.freshet.benchmarks;

import dev.freshet.benchmarks.eviction.EvictionPage;
import dev.freshet.benchmarks.eviction.EvictionResults;
import dev.freshet.benchmarks.eviction.EvictionRun;
import dev.freshet.benchmarks.eviction.RedisPolicy;
import dev.freshet.benchmarks.eviction.TraceKind;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = "eviction",
        mixinStandardHelpOptions = true,
        description = "Hit rates of each policy of Redis, at its maxmemory, and of Caffeine's, on the same traces.")
final class EvictionCommand implements Callable<Integer> {

    private static final int ENTRIES = 6_000;
    private static final int REQUESTS = 216_000;

    @CommandLine.Option(
            names = "--trace",
            split = ",",
            description =
                    "Only these, three minutes together: ${COMPLETION-CANDIDATES} (default: one after the other).")
    private List<TraceKind> traces = List.of();

    @CommandLine.Option(names = "--smoke", description = "Short and too fast: only to see whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--local", description = "Only the policies that need no Redis, and so no time.")
    private boolean isLocal;

    @CommandLine.Option(names = "--requests", defaultValue = "" + REQUESTS, description = "How many a trace has.")
    private int requests = REQUESTS;

    @CommandLine.Option(names = "--write-docs", description = "Writes the results into docs/.")
    private boolean writeDocs;

    @Override
    public Integer call() {
        List<List<TraceKind>> groups = !traces.isEmpty()
                ? List.of(traces)
                : List.of(TraceKind.values()).stream().map(List::of).toList();
        for (List<TraceKind> group : groups) {
            EvictionRun run = smoke
                    ? new EvictionRun(ENTRIES / 10, REQUESTS / 20, 50, System.err::println)
                    : new EvictionRun(ENTRIES, requests, 1, System.err::println);
            List<RedisPolicy> policies = isLocal ? List.of() : RedisPolicy.all();
            EvictionResults results = run.run(group, policies);
            System.out.println(results.table());
            for (TraceKind trace : group) {
                for (RedisPolicy policy : policies) {
                    System.out.printf(
                            "%s, %s: %.0f entries in the mean%n",
                            trace.label(), policy.label(), results.entries(trace.label(), policy.label()));
                }
            }
            if (writeDocs) {
                EvictionPage.write(results);
            }
        }
        return 0;
    }
}

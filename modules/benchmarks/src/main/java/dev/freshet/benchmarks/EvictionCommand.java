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
        description = "Measures hit rates of Redis's policies at maxmemory and of Caffeine on the same traces.")
final class EvictionCommand implements Callable<Integer> {

    private static final int ENTRIES = 6_000;
    private static final int REQUESTS = 216_000;

    @CommandLine.Option(
            names = "--trace",
            split = ",",
            description =
                    "Replay only these, at the same time, in three minutes: ${COMPLETION-CANDIDATES}. Default: all, one after the other.")
    private List<TraceKind> traces = List.of();

    @CommandLine.Option(
            names = "--smoke",
            description = "Short and faster than real time: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--local", description = "Only the policies without Redis; they need no real time.")
    private boolean isLocal;

    @CommandLine.Option(names = "--requests", defaultValue = "" + REQUESTS, description = "Requests per trace.")
    private int requests = REQUESTS;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/.")
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
                            "%s, %s: %.0f entries on average%n",
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

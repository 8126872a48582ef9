package dev.freshet.benchmarks;

import dev.freshet.benchmarks.load.Load;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description =
                "Loads a publisher and a subscriber with mixed traffic, idle connections and a frozen Redis. Prints errors, memory,"
                        + " descriptors and threads at the begin and the end of each phase. Half an hour: --for PT30M.")
final class LoadCommand implements Callable<Integer> {

    @CommandLine.Option(
            names = "--connections",
            defaultValue = "200",
            description = "Connections of mixed traffic (default: 200).")
    private int connections;

    @CommandLine.Option(
            names = "--rate",
            defaultValue = "2000",
            description = "Invalidations a second in the mixed traffic (default: 2000).")
    private int rate;

    @CommandLine.Option(names = "--for", description = "How long the mixed traffic lasts (default: PT1M).")
    private Duration time = Duration.ofMinutes(1);

    @CommandLine.Option(names = "--idle", defaultValue = "10000", description = "Idle connections (default: 10000).")
    private int idle;

    @CommandLine.Option(
            names = "--frozen",
            defaultValue = "142",
            description = "Publishes while Redis does not answer (default: 142).")
    private int frozen;

    @CommandLine.Option(names = "--smoke", description = "A second of little: shows only whether it works.")
    private boolean smoke;

    @Override
    public Integer call() throws Exception {
        Load.Plan plan = smoke ? Load.Plan.smoke() : new Load.Plan(connections, rate, time, idle, frozen);
        long faults = new Load(plan, System.out::println).run();
        System.out.println(faults == 0 ? "no request failed" : faults + " requests failed");
        return faults == 0 ? 0 : 1;
    }
}

package dev.freshet.benchmarks.source;

import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Measures the time from a commit to an eviction. */
@CommandLine.Command(
        name = "source",
        mixinStandardHelpOptions = true,
        description =
                "Measures the time from a commit in PostgreSQL to an eviction, with Freshet's sources and with a slot polled"
                        + " by hand, in interleaved rounds.")
public final class SourceCommand implements Callable<Integer> {

    @CommandLine.Option(
            names = "--postgres",
            description = "JDBC address of an empty database with wal_level=logical. Default: start a server.")
    private @Nullable String postgres;

    @CommandLine.Option(names = "--rounds", defaultValue = "5", description = "Number of rounds that count.")
    private int rounds;

    @CommandLine.Option(names = "--smoke", description = "A few rows, one round: shows only whether it works.")
    private boolean smoke;

    @CommandLine.Option(names = "--write-docs", description = "Write the results into docs/SOURCES.md.")
    private boolean writeDocs;

    @Override
    public Integer call() throws Exception {
        Path cdcJar = Checkout.file("modules/sources-debezium/target/freshet-publisher-cdc.jar");
        Path publisherJar = Checkout.builtJar("publisher").orElse(cdcJar);
        if (!Files.isRegularFile(cdcJar)) {
            System.err.println("Missing: " + cdcJar + ". Build it: mvn -DskipTests package");
            return 1;
        }
        if (postgres != null) {
            measure(postgres, publisherJar, cdcJar);
        } else {
            try (PostgresServer server = PostgresServer.start()) {
                measure(server.uri(), publisherJar, cdcJar);
            }
        }
        return 0;
    }

    private void measure(String database, Path publisherJar, Path cdcJar) throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            String machine = Machine.line(redis.version());
            SourceBenchmark benchmark =
                    new SourceBenchmark(database, redis.uri(), smoke ? 1 : rounds, smoke, System.err::println);
            Report report = new Report("source", machine, benchmark.run(publisherJar, cdcJar));
            System.out.print(SourcePage.table(report));
            if (writeDocs) {
                SourcePage.write(report);
            }
        }
    }
}

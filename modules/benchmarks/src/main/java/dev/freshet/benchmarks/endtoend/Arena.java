package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.contender.SharedPublisher;
import dev.freshet.benchmarks.contender.Site;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Runs contenders in this process. Each round connects anew; only compiled code remains. */
final class Arena implements AutoCloseable {

    private final URI redis;
    private final Arrivals arrivals = new Arrivals();
    private final SharedPublisher publisher = new SharedPublisher();

    /** Creates an arena on a Redis that must be empty at the start of each round. */
    Arena(URI redis) {
        this.redis = redis;
    }

    /**
     * Runs one round.
     *
     * @throws IllegalStateException if an eviction is missing, or an evicted entry can be read
     */
    Measured run(Kind kind, Round round) {
        double p50 = Double.NaN;
        double p99 = Double.NaN;
        try (Contender contender = kind.open(new Site(redis, arrivals, publisher))) {
            if (kind.isCalledOneByOne()) {
                Histogram windows = new StaleWindow(round.perSecond(), round.staleWindowKeys() / 4)
                        .run(contender, arrivals, new Keys(round.firstKey(), round.staleWindowKeys()));
                p50 = millis(windows.getValueAtPercentile(50));
                p99 = millis(windows.getValueAtPercentile(99));
            }
            double keysPerSecond = Double.NaN;
            for (int i = 0; i < round.streams(); i++) {
                int firstKey = round.firstKey() + round.staleWindowKeys() + i * round.streamedKeys();
                keysPerSecond = Throughput.run(contender, arrivals, new Keys(firstKey, round.streamedKeys()));
            }
            return new Measured(p50, p99, keysPerSecond);
        }
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }

    @Override
    public void close() {
        publisher.close();
    }
}

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

/** Where contenders run: in this process. Each round begins from scratch, but for what the process has compiled. */
final class Arena implements AutoCloseable {

    private final URI redis;
    private final Arrivals arrivals = new Arrivals();
    private final SharedPublisher publisher = new SharedPublisher();

    /** On a Redis that holds nothing when a round begins. */
    Arena(URI redis) {
        this.redis = redis;
    }

    /**
     * Runs one round.
     *
     * @throws IllegalStateException if an eviction is missing, or an entry can be read after it
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

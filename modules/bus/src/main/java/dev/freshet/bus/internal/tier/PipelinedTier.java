package dev.freshet.bus.internal.tier;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.access.KeyFile;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.schema.Namespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tier whose calls queue up for a few threads, each of which sends many in one round trip. */
public final class PipelinedTier implements RedisTier {

    private static final String KEYS = "the keys of the tier";

    private final TimeSource time;
    private final TierQueue queue;
    private final ConfigurationFaults faults;
    private final Namespace namespace;
    private final @Nullable TierSeal seal;
    private final List<TierLane> lanes = new ArrayList<>();

    public PipelinedTier(RedisTierConfig config, TimeSource time) {
        this.time = time;
        this.queue = new TierQueue(config, time);
        this.faults = ConfigurationFaults.logged(time);
        this.seal = config.keyFile() == null ? null : new TierSeal(new KeyFile(config.keyFile(), time, this::keysRead));
        RedisConnector connector = new RedisConnector(bounded(config.redis(), config.timeout()), config.name(), faults);
        this.namespace = connector.namespace();
        Topology topology = Topologies.of(connector);
        for (int i = 1; i <= config.connections(); i++) {
            lanes.add(new TierLane(connector, topology, queue, config.timeout().toNanos(), time, i));
        }
    }

    /** No attempt to connect and no answer may take longer than a call may. */
    private static RedisConfig bounded(RedisConfig redis, Duration timeout) {
        return redis.withTimeouts(shorter(redis.connectTimeout(), timeout), shorter(redis.commandTimeout(), timeout));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void keysRead(@Nullable String fault) {
        if (fault == null) {
            faults.mended(KEYS);
        } else {
            faults.met(KEYS, fault);
        }
    }

    @Override
    public Region region(String region, Duration longest) {
        if (longest.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("longest must be at least 1 ms, but is " + longest);
        }
        return new PipelinedRegion(namespace.region(region), longest, queue, time, seal);
    }

    @Override
    public @Nullable String misconfiguration() {
        return faults.current();
    }

    @Override
    public void close() {
        lanes.forEach(TierLane::close);
        queue.close("the tier is closed");
    }
}

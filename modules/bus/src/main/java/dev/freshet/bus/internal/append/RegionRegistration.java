package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RegionRegistry;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Puts the regions that are appended to at one node into the set of all regions. The set only lists regions, appending does
 * not depend on it: if it cannot be written, that is logged and tried again later. Belongs to the leader.
 */
final class RegionRegistration {

    private static final Logger LOG = LoggerFactory.getLogger(RegionRegistration.class);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final AppendContext context;
    private final NodeSession node;
    private final Set<String> registered = new HashSet<>();
    private long nextNanos;

    RegionRegistration(AppendContext context, NodeSession node) {
        this.context = context;
        this.node = node;
        this.nextNanos = context.time().nanoTime();
    }

    /** Another server may not have the set. */
    void forget() {
        registered.clear();
    }

    void register(String region) {
        if (!registered.contains(region)) {
            add(List.of(region));
        }
    }

    void register(List<AppendCall> calls) {
        Set<String> unknown = Set.of();
        for (AppendCall call : calls) {
            if (!registered.contains(call.region())) {
                unknown = unknown.isEmpty() ? new LinkedHashSet<>() : unknown;
                unknown.add(call.region());
            }
        }
        if (!unknown.isEmpty()) {
            add(List.copyOf(unknown));
        }
    }

    private void add(List<String> unknown) {
        long now = context.time().nanoTime();
        if (now - nextNanos < 0) {
            return;
        }
        try {
            RegionRegistry.add(context.connector(), context.topology(), node.connection(), unknown);
            registered.addAll(unknown);
            context.connector().faults().mended("registration");
        } catch (JedisException | BusException e) {
            String why = "the set of regions could not be written, so listings may lack regions: "
                    + RedisErrors.withoutSlots(String.valueOf(e.getMessage()), context.topology());
            if (RedisErrors.isMisconfigured(e)) {
                context.connector().faults().met("registration", why);
            } else {
                LOG.warn(why);
            }
            nextNanos = now + PAUSE_NANOS;
        }
    }
}

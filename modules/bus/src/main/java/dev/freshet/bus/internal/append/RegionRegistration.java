package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RegionRegistry;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Knows the regions that are appended to at one node, keeps strangers from inventing too many, and puts the others into the set of
 * all regions. The set only lists and counts regions, appending does not depend on it: if it cannot be read or written, that is
 * logged and tried again later. Belongs to the leader.
 */
final class RegionRegistration {

    private static final Logger LOG = LoggerFactory.getLogger(RegionRegistration.class);

    private static final String PLACE = "registration";
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Whoever removes a region from the set may be killed before it adds one that began again: so each is added again. */
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final AppendContext context;
    private final NodeSession node;
    private final RegionBound bound;

    /** Regions that the node holds, since this publisher appended to them lately. */
    private final Set<String> known = new HashSet<>();

    private final Set<String> registered = new HashSet<>();
    private long nextNanos;
    private long nextCountNanos;
    private long forgetNanos;

    RegionRegistration(AppendContext context, NodeSession node) {
        this.context = context;
        this.node = node;
        this.bound = new RegionBound(context.config().maximumRegions());
        this.nextNanos = context.time().nanoTime();
        this.nextCountNanos = nextNanos;
        this.forgetNanos = nextNanos + AGAIN_NANOS;
    }

    /** Another server may have neither the regions nor the set; and what was removed must not use memory here for ever. */
    void forget() {
        known.clear();
        registered.clear();
    }

    /** Whether this publisher appended to the region here lately. */
    boolean isKnown(String region) {
        return known.contains(region);
    }

    /** Returns the calls, with those marked that must not begin their region. Blocks while it counts, if a region is new here. */
    List<AppendCall> admit(List<AppendCall> calls) {
        return bound.admit(calls, known, this::count);
    }

    /** Where the regions cannot be counted, invalidations are not refused for it. */
    private long count() {
        RedisConnection connection = node.connection();
        if (context.time().nanoTime() - nextCountNanos < 0) {
            return 0;
        }
        try {
            long count = RegionRegistry.count(context.connector(), context.topology(), connection);
            context.connector().faults().mended(PLACE);
            return count;
        } catch (JedisException | BusException e) {
            if (connection.isBroken()) {
                throw e; // the append needs it as well
            }
            report(e, "the set of regions cannot be read, so that their number has no bound");
            if (!(e
                    instanceof
                    JedisDataException)) { // in a cluster: the set's node did not answer, which takes its time
                nextCountNanos = context.time().nanoTime() + PAUSE_NANOS;
            }
            return 0;
        }
    }

    /**
     * The node took an append to the region.
     *
     * @param hasBegun whether an epoch began with it, so that the region may have been removed before, also from the set
     */
    void appended(String region, boolean hasBegun) {
        long now = context.time().nanoTime();
        if (now - forgetNanos >= 0) {
            forget();
            forgetNanos = now + AGAIN_NANOS;
        }
        known.add(region);
        if (hasBegun) {
            registered.remove(region);
        }
    }

    /** Returns why a region was refused, for who tries to publish to it. */
    String refusal(String region) {
        return "region " + region + " does not exist, and there are " + bound.maximum()
                + " regions, which is the maximum. Publish to one of them (./freshet regions lists them), remove those that nobody"
                + " uses (./freshet regions --remove REGION), or raise log.maximum-regions";
    }

    void register(String region) {
        if (known.contains(region) && !registered.contains(region)) {
            add(List.of(region));
        }
    }

    void register(List<AppendCall> calls) {
        Set<String> unknown = Set.of();
        for (AppendCall call : calls) {
            if (known.contains(call.region()) && !registered.contains(call.region())) {
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
            context.connector().faults().mended(PLACE);
        } catch (JedisException | BusException e) {
            report(e, "the set of regions cannot be written, so that listings may lack regions");
            nextNanos = now + PAUSE_NANOS;
        }
    }

    private void report(RuntimeException e, String what) {
        String why = RedisErrors.withoutSlots(String.valueOf(e.getMessage()), context.topology());
        if (RedisErrors.isMisconfigured(e)) {
            context.connector().faults().met(PLACE, what + ": " + why);
        } else {
            LOG.warn("{}: {}", what, why);
        }
    }
}

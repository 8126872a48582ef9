package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Member;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.bus.internal.member.MemberRows;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RegionRegistry;
import dev.freshet.bus.internal.thread.RateLimitedLog;
import dev.freshet.schema.RedisNames;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/**
 * Looks after the members rows of a link's regions: counts who is live, removes the rows of members that are long gone, and
 * removes this member's own rows at the end. Belongs to the control thread.
 */
final class MemberUpkeep {

    private static final Logger LOG = LoggerFactory.getLogger(MemberUpkeep.class);

    private static final String ROWS = "the rows of members cannot be looked after";
    private static final String REGISTRATION = "the set of regions cannot be written";

    /** A row is removed once its member is silent for so many times the bound after which it counts as gone. */
    private static final long GONE_FACTOR = 10;

    /** The rows of each region are read about once in so many heartbeats. */
    private static final int BEATS_PER_ROUND = 20;

    /** Between two reads of the same region's rows are at least so many heartbeats. */
    private static final int MIN_BEATS_BETWEEN_READS = 10;

    /** For each so many rows the next read comes one heartbeat later: else each of many pods would read all rows often. */
    private static final int ROWS_PER_BEAT = 10;

    /** How often this member's regions are put into the set of all regions. */
    private static final int BEATS_PER_REGISTRATION = 120;

    /** At most so many rows wait to be removed. A further one stays until another member finds it long gone. */
    private static final int MAX_LEFT = 1_000;

    private final FollowContext context;
    private final ControlConnection control;
    private final RedisClock clock;
    private final RateLimitedLog faults = new RateLimitedLog(LOG);
    private long beatsDone;
    private int nextToTend;

    /** Regions that this member left, whose rows Redis has not removed yet, by name. */
    private final Map<String, RedisNames> left = new LinkedHashMap<>();

    /** When the rows of each region are due to be read next. */
    private final Map<String, Long> rowsDueNanos = new HashMap<>();

    MemberUpkeep(FollowContext context, ControlConnection control, RedisClock clock) {
        this.context = context;
        this.control = control;
        this.clock = clock;
    }

    /** The link has new regions: registers them after the next heartbeat. */
    void registerSoon() {
        beatsDone = 0;
    }

    /** Does what is due after a heartbeat. */
    void tend(List<RegionFeed> feeds) {
        removeLeft(feeds);
        if (feeds.isEmpty()) {
            return;
        }
        attempt(ROWS, () -> tendRows(feeds));
        if (beatsDone++ % BEATS_PER_REGISTRATION == 0) {
            attempt(REGISTRATION, () -> {
                register(feeds);
                context.connector().faults().mended(REGISTRATION);
            });
        }
    }

    /** Coherence depends on none of this: the heartbeat alone confirms. */
    private void attempt(String fault, Runnable step) {
        try {
            step.run();
        } catch (JedisMovedDataException e) {
            throw e;
        } catch (JedisDataException e) {
            if (RedisErrors.isMisconfigured(e)) {
                context.connector().faults().met(fault, fault + ": " + e.getMessage());
            } else {
                faults.warn(fault, e);
            }
        }
    }

    private void tendRows(List<RegionFeed> feeds) {
        int share = (feeds.size() + BEATS_PER_ROUND - 1) / BEATS_PER_ROUND;
        for (int i = 0; i < share; i++) {
            RegionFeed next = feeds.get(Math.floorMod(nextToTend++, feeds.size()));
            Long dueNanos = rowsDueNanos.get(next.region());
            if (dueNanos == null || context.time().nanoTime() - dueNanos >= 0) {
                int rows = tendRows(next);
                context.connector().faults().mended(ROWS);
                long beats = Math.max(MIN_BEATS_BETWEEN_READS, rows / ROWS_PER_BEAT);
                long pauseNanos = beats * context.config().heartbeat().toNanos();
                rowsDueNanos.put(next.region(), context.time().nanoTime() + pauseNanos);
            }
        }
    }

    /** Returns how many rows there are. */
    private int tendRows(RegionFeed feed) {
        RedisConnection connection = control.open();
        long nowMicros = clock.nowMicros();
        int live = 0;
        List<MemberRow> rows = MemberRows.read(connection, feed.names());
        for (MemberRow row : rows) {
            Member member = row.member();
            if (member.isLive(nowMicros)) {
                live++;
            } else if (nowMicros - member.seenAtMicros() > GONE_FACTOR * member.goneAfterMicros()) {
                connection.number(Protocol.Command.HDEL, feed.names().members(), member.id());
            }
        }
        feed.progress().liveMembers(live);
        return rows.size();
    }

    private void register(List<RegionFeed> feeds) {
        List<String> regions = feeds.stream().map(RegionFeed::region).toList();
        RegionRegistry.add(context.connector(), context.topology(), control.open(), regions);
    }

    /**
     * Removes this member's row of a region that it left. If Redis does not answer, a later heartbeat removes it; without another
     * region there is none, and the row ages.
     */
    void leave(RegionFeed gone, List<RegionFeed> feeds) {
        rowsDueNanos.remove(gone.region());
        if (left.size() < MAX_LEFT) {
            left.put(gone.region(), gone.names());
        }
        boolean mayBeLost = control.ifOpen() != null; // without anybody's notice
        if (!isRemoved(feeds) && mayBeLost) {
            isRemoved(feeds);
        }
    }

    private boolean isRemoved(List<RegionFeed> feeds) {
        try {
            control.open();
            removeLeft(feeds);
        } catch (JedisException | BusException e) {
            LOG.debug("the rows of {} cannot be removed now", left.keySet(), e);
        }
        if (left.isEmpty()) {
            return true;
        }
        control.drop();
        return false;
    }

    private void removeLeft(List<RegionFeed> feeds) {
        RedisConnection connection = control.ifOpen();
        if (left.isEmpty() || connection == null) {
            return;
        }
        feeds.forEach(feed -> left.remove(feed.region())); // followed again: the row is the new subscription's
        for (RedisNames names : List.copyOf(left.values())) {
            try {
                connection.number(Protocol.Command.HDEL, names.members(), context.memberId());
            } catch (JedisDataException e) {
                if (isUnavailable(e)) {
                    LOG.debug("this member's row of region {} is removed later", names.region(), e);
                    return;
                }
                LOG.debug("this member's row of region {} is left to age", names.region(), e);
            }
            left.remove(names.region());
        }
    }

    /** Whether a server refuses what another, or the same later, takes over this link's connection. */
    private static boolean isUnavailable(JedisDataException refusal) {
        return RedisErrors.isOfFormerMaster(refusal)
                || (RedisErrors.isElsewhere(refusal) && !(refusal instanceof JedisMovedDataException));
    }

    /** Removes this member's rows and closes the connection. */
    void leave(List<RegionFeed> feeds) {
        RedisConnection connection = control.ifOpen();
        if (connection != null) {
            try {
                for (RegionFeed feed : feeds) {
                    connection.number(Protocol.Command.HDEL, feed.names().members(), context.memberId());
                }
            } catch (JedisException e) {
                LOG.debug("this member's rows cannot be removed; they age out", e);
            }
        }
        control.drop();
    }
}

package dev.freshet.bus.internal.follow;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.socket.RespGuard;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Reads what a region missed from its log, a page at a time. Belongs to the control thread. */
public final class LogPages {

    private static final Logger LOG = LoggerFactory.getLogger(LogPages.class);

    private final ControlConnection control;
    private final RedisClock clock;
    private final String pageRecords;

    LogPages(ControlConnection control, RedisClock clock, int pageRecords) {
        this.control = control;
        this.clock = clock;
        this.pageRecords = Integer.toString(pageRecords);
    }

    /** Reads a page behind a position and passes it to the feed. Blocks for a bounded time. */
    void replay(RegionFeed feed, long ticket, Position from, long upToSequence) {
        List<@Nullable Arrival> page = read(feed, from, upToSequence);
        if (page == null) {
            feed.pageRefused(ticket);
        } else {
            feed.page(ticket, page);
        }
    }

    /** Returns null for an entry that is not a readable record of its own id, and instead of the page if nothing can be read. */
    private @Nullable List<@Nullable Arrival> read(RegionFeed feed, Position from, long upToSequence) {
        List<?> entries;
        try {
            entries = control.open()
                    .list(
                            Protocol.Command.XRANGE,
                            feed.names().log(),
                            (from.sequence() + 1) + "-0",
                            upToSequence + "-0",
                            "COUNT",
                            pageRecords);
        } catch (JedisDataException e) {
            String why = String.valueOf(e.getMessage());
            if (why.startsWith("WRONGTYPE")) {
                return null;
            }
            if (RedisErrors.isMisconfigured(e)) {
                // A retry cannot succeed either: the gap stays, and only a reset covers it.
                LOG.warn("region {}: what was missed cannot be read, the region is reset: {}", feed.region(), why);
                return null;
            }
            throw e;
        } catch (JedisConnectionException e) {
            if (RespGuard.RefusedException.isTooLarge(e)) {
                LOG.warn("region {}: the log cannot be read, the region is reset: {}", feed.region(), e.getMessage());
                control.drop();
                return null;
            }
            throw e;
        }
        long receivedAtMicros = clock.nowMicros();
        List<@Nullable Arrival> page = new ArrayList<>(entries.size());
        for (Object entry : entries) {
            page.add(entry instanceof List<?> fields && fields.size() == 2 ? arrival(fields, receivedAtMicros) : null);
        }
        return page;
    }

    /** Reads an entry of the log as XRANGE returns it, or returns null if it is not a readable record of its own id. */
    public static @Nullable Arrival arrival(List<?> entry, long receivedAtMicros) {
        String id = RedisConnection.asText(entry.get(0));
        if (!(entry.get(1) instanceof List<?> fields)
                || fields.size() < 2
                || !(fields.get(1) instanceof byte[] frame)
                || !(RecordCodec.decode(frame) instanceof Decoded.Intact intact)
                || !(intact.header().position().sequence() + "-0").equals(id)) {
            return null;
        }
        return new Arrival(new LoggedRecord(intact.header(), intact.body()), receivedAtMicros);
    }
}

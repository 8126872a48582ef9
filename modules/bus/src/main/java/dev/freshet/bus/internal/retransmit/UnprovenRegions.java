package dev.freshet.bus.internal.retransmit;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.thread.RateLimitedLog;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Invalidates the regions of which a server may lack acknowledged records that are not kept any more, see {@link
 * DroppedRecords}. Belongs to the leader.
 */
final class UnprovenRegions {

    private static final Logger LOG = LoggerFactory.getLogger(UnprovenRegions.class);

    /** At most so many heads are read in a round trip. */
    private static final int MAX_TOGETHER = 1_000;

    private final AppendContext context;
    private final RetransmitBuffer acknowledged;
    private final RedisClock clock;
    private final RateLimitedLog refusals = new RateLimitedLog(LOG);

    /** @param clock of the server that will be asked */
    UnprovenRegions(AppendContext context, RetransmitBuffer acknowledged, RedisClock clock) {
        this.context = context;
        this.acknowledged = acknowledged;
        this.clock = clock;
    }

    /**
     * Invalidates them.
     *
     * @return whether all is done; if not, the server refuses some region
     * @throws JedisException if the server is no master any more, or the connection breaks
     */
    boolean invalidate(
            RedisConnection to, String server, Predicate<String> livesHere, Function<AppendCall, ScriptCall> script) {
        List<String> regions =
                acknowledged.droppedNotOf(server).stream().filter(livesHere).toList();
        boolean isDone = true;
        for (int from = 0; from < regions.size(); from += MAX_TOGETHER) {
            List<String> together = regions.subList(from, Math.min(regions.size(), from + MAX_TOGETHER));
            List<Object> heads = heads(to, together);
            for (int i = 0; i < together.size(); i++) {
                String region = together.get(i);
                EpochBegin epoch = epoch(heads.get(i), server);
                if (!acknowledged.isDroppedCovered(region, server, epoch)) {
                    isDone &= invalidate(to, server, region, script);
                }
            }
        }
        return isDone;
    }

    private List<Object> heads(RedisConnection from, List<String> regions) {
        for (String region : regions) {
            from.sendCommand(new CommandArguments(Protocol.Command.HMGET)
                    .add(context.connector().namespace().region(region).head())
                    .add("run")
                    .add("since"));
        }
        from.flushCommands();
        return from.replies(regions.size());
    }

    private EpochBegin epoch(Object head, String server) {
        return head instanceof List<?> fields && fields.size() == 2
                ? EpochBegin.of(
                        RedisConnection.asText(fields.get(0)),
                        RedisConnection.asText(fields.get(1)),
                        server,
                        clock,
                        context.time().nanoTime())
                : EpochBegin.UNKNOWN;
    }

    private boolean invalidate(
            RedisConnection to, String server, String region, Function<AppendCall, ScriptCall> script) {
        byte[] body = everything();
        PackedRecord record = new PackedRecord(body, 1, false, List.of());
        try {
            script.apply(new AppendCall(region, List.of(record))).run(to);
        } catch (JedisDataException refusal) {
            if (RedisErrors.isElsewhere(refusal)) {
                throw refusal;
            }
            refusals.warn("region " + region + " cannot be invalidated, which is tried again later", refusal);
            return false;
        }
        LOG.warn(
                "region {}: acknowledged records may have been lost with a former server and are not kept any more;"
                        + " the region is invalidated as a whole",
                region);
        acknowledged.replaceDropped(region, body, context.time().nanoTime(), clock.offsetMicros(), server);
        context.listener().recordsUnproven(region, true);
        return true;
    }

    /** What changed, and when, is not known any more. */
    private byte[] everything() {
        long nowMicros = clock.nowMicros();
        Invalidation all = new Invalidation(Selector.all(), nowMicros, nowMicros, OptionalLong.empty());
        return RecordCodec.encodeBody(new RecordBody(context.config().name(), clock.errorMicros(), List.of(all)));
    }
}

package dev.freshet.bus.internal.retransmit;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.thread.RateLimitedLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Appends again what another server had acknowledged, because a failover may have lost it. If it was not lost, entries are evicted
 * twice, which is harmless. Nothing new is appended meanwhile, and a busy publisher has very many records a minute: so many
 * records go in a call, and many calls in a round trip. Belongs to the leader.
 */
public final class Retransmitter {

    private static final Logger LOG = LoggerFactory.getLogger(Retransmitter.class);

    /** At most this much is sent before its answers are read; little enough for the output buffers of subscribers. */
    private static final long MAX_BYTES_IN_FLIGHT = 1 << 20;

    private static final int MAX_CALLS_IN_FLIGHT = 64;

    private record Batch(String region, List<RetransmitBuffer.Kept> records) {
        long bytes() {
            return records.stream().mapToLong(kept -> kept.body().length).sum();
        }

        /** @param clock of the server that it goes to */
        AppendCall call(RedisClock clock) {
            return new AppendCall(
                    region,
                    records.stream()
                            .map(kept -> new PackedRecord(kept.bodyOn(clock), 0, kept.isAwaited(), List.of()))
                            .toList());
        }
    }

    private final RetransmitBuffer acknowledged;
    private final UnprovenRegions unproven;
    private final RedisClock clock;
    private final PublisherListener listener;
    private final RateLimitedLog refusals = new RateLimitedLog(LOG);

    public Retransmitter(AppendContext context, RetransmitBuffer acknowledged, RedisClock clock) {
        this.acknowledged = acknowledged;
        this.clock = clock;
        this.unproven = new UnprovenRegions(context, acknowledged, clock);
        this.listener = context.listener();
    }

    /**
     * Appends what this server did not acknowledge, the oldest of each region first, and invalidates the regions of which it
     * may lack records that are not kept any more. The listener hears how many records that were, once for each region, even
     * if an exception ends it early.
     *
     * @param server the run_id of the server at the other end
     * @param livesHere which regions this server is the master of
     * @return whether all is done; if not, the server refuses some region, and a later call goes on from there
     * @throws JedisException if the server is no master any more or the connection breaks; the next call goes on from there
     */
    public boolean appendAgain(
            RedisConnection to,
            String server,
            long nowNanos,
            Predicate<String> livesHere,
            Function<AppendCall, ScriptCall> script) {
        List<Batch> left = batches(acknowledged.notOf(server, nowNanos), livesHere);
        Map<String, Integer> done = new LinkedHashMap<>();
        Set<String> refused = new HashSet<>();
        try {
            while (!left.isEmpty()) {
                int until = endOfRound(left);
                for (Batch batch : exchange(to, left.subList(0, until), script)) {
                    refused.add(batch.region());
                }
                for (Batch batch : left.subList(0, until)) {
                    if (!refused.contains(batch.region())) {
                        batch.records().forEach(kept -> kept.acknowledgedBy(server));
                        done.merge(batch.region(), batch.records().size(), Integer::sum);
                    }
                }
                left = left.subList(until, left.size()).stream()
                        .filter(batch -> !refused.contains(batch.region()))
                        .toList();
            }
        } finally {
            done.forEach(listener::appendedAgain);
        }
        return unproven.invalidate(to, server, livesHere, script) && refused.isEmpty();
    }

    private static List<Batch> batches(List<RetransmitBuffer.Kept> records, Predicate<String> livesHere) {
        Map<String, List<RetransmitBuffer.Kept>> byRegion = new LinkedHashMap<>();
        records.forEach(kept -> byRegion.computeIfAbsent(kept.region(), region -> new ArrayList<>())
                .add(kept));
        byRegion.keySet().removeIf(livesHere.negate());
        List<Batch> batches = new ArrayList<>();
        byRegion.forEach((region, ofRegion) -> {
            for (int from = 0; from < ofRegion.size(); from += AppendScripts.MAX_RECORDS) {
                int until = Math.min(ofRegion.size(), from + AppendScripts.MAX_RECORDS);
                batches.add(new Batch(region, ofRegion.subList(from, until)));
            }
        });
        return batches;
    }

    private static int endOfRound(List<Batch> batches) {
        int until = 1;
        long bytes = batches.get(0).bytes();
        while (until < batches.size() && until < MAX_CALLS_IN_FLIGHT) {
            bytes += batches.get(until).bytes();
            if (bytes > MAX_BYTES_IN_FLIGHT) {
                break;
            }
            until++;
        }
        return until;
    }

    /** Sends a round, reads its answers, and returns what was refused. A refusal of one region must not hold up the others. */
    private List<Batch> exchange(RedisConnection to, List<Batch> round, Function<AppendCall, ScriptCall> script) {
        List<ScriptCall> calls =
                round.stream().map(batch -> script.apply(batch.call(clock))).toList();
        calls.forEach(call -> to.sendCommand(call.byDigest()));
        to.flushCommands();
        List<Object> replies = to.replies(calls.size());
        List<Batch> refused = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            Object reply = replies.get(i);
            if (reply instanceof JedisNoScriptException) {
                reply = calls.get(i).runByText(to);
            }
            if (reply instanceof JedisDataException refusal) {
                if (RedisErrors.isElsewhere(refusal)) {
                    throw refusal;
                }
                refusals.warn(
                        "region " + round.get(i).region()
                                + ": acknowledged records cannot be appended again, which is tried again later",
                        refusal);
                refused.add(round.get(i));
            }
        }
        return refused;
    }
}

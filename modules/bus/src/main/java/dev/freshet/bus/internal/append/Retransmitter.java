package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Appends again what another server had acknowledged, because a failover may have lost it. If it was not lost, entries are evicted
 * twice, which is harmless. Nothing new is appended meanwhile, and a busy publisher has very many records a minute: so many
 * records go in a call, and many calls in a round trip. Belongs to the leader.
 */
final class Retransmitter {

    /** At most this much is sent before its answers are read; little enough for the output buffers of subscribers. */
    private static final long MAX_BYTES_IN_FLIGHT = 1 << 20;

    private static final int MAX_CALLS_IN_FLIGHT = 64;

    private record Batch(String region, List<RetransmitBuffer.Kept> records) {
        long bytes() {
            return records.stream().mapToLong(kept -> kept.body().length).sum();
        }

        AppendCall call() {
            return new AppendCall(
                    region,
                    records.stream()
                            .map(kept -> new PackedRecord(kept.body(), 0, kept.isAwaited(), List.of()))
                            .toList());
        }
    }

    private final RetransmitBuffer acknowledged;
    private final PublisherListener listener;

    Retransmitter(RetransmitBuffer acknowledged, PublisherListener listener) {
        this.acknowledged = acknowledged;
        this.listener = listener;
    }

    /**
     * Appends what this server did not acknowledge, the oldest of each region first. The listener hears how many records that
     * were, once for each region, even if an exception ends it early.
     *
     * @param server the run_id of the server at the other end
     * @param livesHere which regions this server is the master of
     * @throws JedisException if the server refuses or the connection breaks; the next call goes on from there
     */
    void appendAgain(
            RedisConnection to,
            String server,
            long nowNanos,
            Predicate<String> livesHere,
            Function<AppendCall, ScriptCall> script) {
        List<Batch> batches = batches(acknowledged.notOf(server, nowNanos), livesHere);
        Map<String, Integer> done = new LinkedHashMap<>();
        try {
            for (int from = 0; from < batches.size(); ) {
                int until = endOfRound(batches, from);
                List<Batch> round = batches.subList(from, until);
                exchange(to, round, script);
                for (Batch batch : round) {
                    batch.records().forEach(kept -> kept.acknowledgedBy(server));
                    done.merge(batch.region(), batch.records().size(), Integer::sum);
                }
                from = until;
            }
        } finally {
            done.forEach(listener::appendedAgain);
        }
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

    private static int endOfRound(List<Batch> batches, int from) {
        int until = from + 1;
        long bytes = batches.get(from).bytes();
        while (until < batches.size() && until - from < MAX_CALLS_IN_FLIGHT) {
            bytes += batches.get(until).bytes();
            if (bytes > MAX_BYTES_IN_FLIGHT) {
                break;
            }
            until++;
        }
        return until;
    }

    private static void exchange(RedisConnection to, List<Batch> round, Function<AppendCall, ScriptCall> script) {
        List<ScriptCall> calls =
                round.stream().map(batch -> script.apply(batch.call())).toList();
        calls.forEach(call -> to.sendCommand(call.byDigest()));
        to.flushCommands();
        List<Object> replies = to.getMany(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            if (replies.get(i) instanceof JedisNoScriptException) {
                to.executeCommand(calls.get(i).byText());
            } else if (replies.get(i) instanceof JedisDataException refusal) {
                throw refusal;
            }
        }
    }
}

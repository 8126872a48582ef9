package dev.freshet.bus.internal.member;

import dev.freshet.bus.LogSample;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;

/** Reads a random part of a region's log. It asks for the records that it picks only, so that its cost follows the sample. */
final class LogSamples {

    private final QueryThread thread;
    private final Namespace namespace;

    LogSamples(QueryThread thread, Namespace namespace) {
        this.thread = thread;
        this.namespace = namespace;
    }

    CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        RedisNames names = namespace.region(region);
        return thread.ask(Duration.ZERO, query -> {
            RedisConnection connection = thread.connection(names.head());
            Position head = RegionHead.read(connection, names);
            if (head == null || after == null) {
                query.complete(new LogSample(head, List.of(), 0));
                return;
            }
            long first = after.epoch() == head.epoch() ? after.sequence() + 1 : 1;
            long appended = Math.max(0, head.sequence() - first + 1);
            double taken = Math.min(part, appended == 0 ? 1 : (double) limit / appended);
            List<LoggedRecord> records = new ArrayList<>();
            for (long sequence = next(first, taken);
                    sequence <= head.sequence() && records.size() < limit;
                    sequence = next(sequence + 1, taken)) {
                LoggedRecord record = read(connection, names, new Position(head.epoch(), sequence));
                if (record != null) {
                    records.add(record);
                }
            }
            query.complete(new LogSample(head, records, Math.round((part - taken) * appended)));
        });
    }

    /** Returns the next sequence that is picked, where each is picked with the same probability. */
    private static long next(long from, double probability) {
        if (probability >= 1) {
            return from;
        }
        // How many are left out before the next one is distributed geometrically.
        double leftOut = Math.log(1 - ThreadLocalRandom.current().nextDouble()) / Math.log1p(-probability);
        return probability <= 0 || leftOut >= Long.MAX_VALUE - from ? Long.MAX_VALUE : from + (long) leftOut;
    }

    private static @Nullable LoggedRecord read(RedisConnection connection, RedisNames names, Position at) {
        String id = at.sequence() + "-0";
        List<?> found = connection.list(Protocol.Command.XRANGE, names.log(), id, id);
        return !found.isEmpty()
                        && found.get(0) instanceof List<?> entry
                        && entry.get(1) instanceof List<?> fields
                        && fields.size() >= 2
                        && fields.get(1) instanceof byte[] frame
                        && RecordCodec.decode(frame) instanceof Decoded.Intact intact
                        && intact.header().position().equals(at)
                ? new LoggedRecord(intact.header(), intact.body())
                : null;
    }
}

package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.BatchExchange;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.ReplicaWait;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import dev.freshet.schema.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** Reads what a node replies to appends, and keeps what it acknowledged for retransmission. Belongs to the leader. */
final class AppendReplies {

    private final AppendContext context;
    private final ReplicaWait replicaWait;
    private final RetransmitBuffer acknowledged;
    private final NodeSession node;
    private final RedisClock clock;
    private final RegionRegistration registration;

    AppendReplies(
            AppendContext context,
            ReplicaWait replicaWait,
            RetransmitBuffer acknowledged,
            NodeSession node,
            RedisClock clock,
            RegionRegistration registration) {
        this.context = context;
        this.replicaWait = replicaWait;
        this.acknowledged = acknowledged;
        this.node = node;
        this.clock = clock;
        this.registration = registration;
    }

    /** Reads the answers to a round's calls, in their order. If the connection breaks, none of them is known. */
    List<AppendAnswer> read(RedisConnection from, BatchExchange exchange, List<AppendCall> calls) {
        BatchExchange.Replies replies = exchange.receive(from, replicaWait.isWanted());
        Object acknowledgements = replies.behind();
        if (replicaWait.isWanted() && replies.sentAgain()) {
            // What was waited for before did not include these.
            from.sendCommand(replicaWait.command());
            from.flushCommands();
            acknowledgements = from.replies(1).get(0);
        }
        String shortfall = replicaWait.shortfall(acknowledgements);
        List<AppendAnswer> answers = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            answers.add(answer(from, calls.get(i), replies.each().get(i), shortfall));
        }
        return answers;
    }

    /** Reads the answer to a direct append. Returns null if the server does not have the script; nothing is sent again. */
    @Nullable
    AppendAnswer readDirect(RedisConnection from, AppendCall call) {
        List<Object> replies = from.replies(replicaWait.isWanted() ? 3 : 2);
        Object reply = replies.get(1);
        return reply instanceof JedisNoScriptException
                ? null
                : answer(from, call, reply, replicaWait.shortfall(replicaWait.isWanted() ? replies.get(2) : null));
    }

    private AppendAnswer answer(
            RedisConnection from, AppendCall call, @Nullable Object reply, @Nullable String shortfall) {
        if (reply instanceof JedisDataException refusal) {
            return String.valueOf(refusal.getMessage()).startsWith(AppendAnswer.TooManyRegions.CODE)
                    ? new AppendAnswer.TooManyRegions(call, registration.refusal(call.region()))
                    : new AppendAnswer.Refused(call, refusal);
        }
        String[] fields = reply instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.ISO_8859_1).split(" ", -1)
                : new String[0];
        if (fields.length != 4) {
            throw from.unexpected("EVALSHA", reply);
        }
        Position last;
        long loggedAtMicros;
        try {
            last = new Position(Position.parseEpoch(fields[0]), Long.parseLong(fields[1]));
            loggedAtMicros = Long.parseLong(fields[2]);
        } catch (IllegalArgumentException e) {
            throw from.unexpected("EVALSHA", reply);
        }
        boolean hasBegun = fields[3].equals("1");
        registration.appended(call.region(), hasBegun);
        if (hasBegun) {
            context.listener().epochBegan(call.region());
        }
        if (shortfall != null) {
            return new AppendAnswer.TooFewReplicas(call, shortfall);
        }
        long nowNanos = context.time().nanoTime();
        for (PackedRecord record : call.records()) {
            acknowledged.add(
                    call.region(), record.body(), record.awaited(), nowNanos, clock.offsetMicros(), node.runId());
        }
        return new AppendAnswer.Logged(call, last, loggedAtMicros);
    }
}

package dev.freshet.bus.internal.encode;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

/**
 * The bytes of a direct append to a region, except for what differs from call to call. A direct append is encoded while its
 * caller waits, so that must be quick. A template is an ordinary call, cut open where the fresh epoch and the record stand.
 * Immutable.
 *
 * <p>In front is a {@code PING}, so that subscribers get the record before the publisher gets the answer. Redis writes to its
 * clients in the reverse of the order in which it first had something for them, so a client for which it already has something
 * comes last. Each answer makes a thread run, and the publisher's can wait.
 */
final class AppendTemplate {

    /** As long as an epoch, and no other part of a call can contain it. */
    private static final byte[] EPOCH = "FRESH EPOCH HERE".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] EMPTY_RECORD = "$0\r\n\r\n$0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.US_ASCII);

    private final byte[] untilEpoch;
    private final byte[] untilRecord;
    private final byte[] behindRecord;

    /**
     * Makes the template.
     *
     * @param behind a command to send after it, or null
     */
    AppendTemplate(RedisNames names, String runId, AppendSettings settings, @Nullable CommandArguments behind) {
        PackedRecord empty = new PackedRecord(new byte[0], 0, false, List.of());
        ScriptCall call = AppendScripts.append(names, runId, EPOCH, settings, List.of(empty), true);
        byte[] whole = RedisConnection.encoded(List.of(new CommandArguments(Protocol.Command.PING), call.byDigest()));
        int epochAt = indexOfEpoch(whole);
        int recordAt = whole.length - EMPTY_RECORD.length;
        if (epochAt < 0 || !Arrays.equals(whole, recordAt, whole.length, EMPTY_RECORD, 0, EMPTY_RECORD.length)) {
            throw new IllegalStateException("an append is encoded differently than this template expects");
        }
        untilEpoch = Arrays.copyOf(whole, epochAt);
        untilRecord = Arrays.copyOfRange(whole, epochAt + EPOCH.length, recordAt);
        behindRecord = behind == null ? new byte[0] : RedisConnection.encoded(List.of(behind));
    }

    private static int indexOfEpoch(byte[] whole) {
        for (int at = 0; at <= whole.length - EPOCH.length; at++) {
            if (Arrays.equals(whole, at, at + EPOCH.length, EPOCH, 0, EPOCH.length)) {
                return at;
            }
        }
        return -1;
    }

    /** Returns the bytes that append this record, and that begin this epoch if a new one must begin. */
    byte[] bytes(byte[] freshEpoch, PackedRecord record) {
        byte[] flags = AppendScripts.flags(record);
        byte[] flagsLength = length(flags);
        byte[] body = record.body();
        byte[] bodyLength = length(body);
        return ByteBuffer.allocate(untilEpoch.length
                        + freshEpoch.length
                        + untilRecord.length
                        + flagsLength.length
                        + flags.length
                        + bodyLength.length
                        + body.length
                        + 2 * LINE_END.length
                        + behindRecord.length)
                .put(untilEpoch)
                .put(freshEpoch)
                .put(untilRecord)
                .put(flagsLength)
                .put(flags)
                .put(LINE_END)
                .put(bodyLength)
                .put(body)
                .put(LINE_END)
                .put(behindRecord)
                .array();
    }

    private static byte[] length(byte[] argument) {
        return ("$" + argument.length + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}

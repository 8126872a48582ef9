package dev.freshet.bus.internal.tier;

import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.exceptions.JedisDataException;

/** Reads what Redis answers to the tier's scripts. */
final class TierReply {

    private TierReply() {}

    static TierRead read(List<?> reply, Duration longest) {
        String kind = text(reply, 0);
        if (reply.size() < 5) {
            return new TierRead.Unavailable(reply.size() > 1 ? text(reply, 1) : kind);
        }
        try {
            TierLease lease = new TierLease(
                    new Position(Position.parseEpoch(text(reply, 1)), Long.parseLong(text(reply, 2))),
                    Long.parseLong(text(reply, 3)),
                    Long.parseLong(text(reply, 4)));
            if (kind.equals("hit") && reply.size() == 8 && reply.get(7) instanceof byte[] frame) {
                Duration left = Duration.ofMillis(Long.parseLong(text(reply, 5)));
                TierValue value = TierFrame.parse(frame);
                if (value != null && !left.isNegative() && !left.isZero()) {
                    return new TierRead.Found(
                            lease,
                            value,
                            left.compareTo(longest) < 0 ? left : longest,
                            Duration.ofMillis(Long.parseLong(text(reply, 6))));
                }
            }
            return new TierRead.Absent(lease, reply.size() == 6 ? text(reply, 5) : null);
        } catch (IllegalArgumentException e) {
            return new TierRead.Unavailable("Redis sent an answer that cannot be parsed: " + e.getMessage());
        }
    }

    static TierStored stored(List<?> reply) {
        if (text(reply, 0).equals("stored")) {
            return TierStored.STORED;
        }
        return switch (reply.size() > 1 ? text(reply, 1) : "") {
            case "invalidated" -> TierStored.INVALIDATED;
            case "expired" -> TierStored.EXPIRED;
            case "version" -> TierStored.VERSION;
            case "epoch", "none" -> TierStored.EPOCH;
            default -> TierStored.UNAVAILABLE;
        };
    }

    /** Whether the eviction is done; if the region has no tier, there is nothing to evict. */
    static boolean evicted(List<?> reply) {
        String first = text(reply, 0);
        return first.equals("ok")
                || (first.equals("none") && reply.size() > 1 && text(reply, 1).equals("none"));
    }

    /** Whether the connection leads to a server that is not the master any more. */
    static boolean isOfFormerMaster(Object reply) {
        return reply instanceof JedisDataException refusal
                ? RedisErrors.isOfFormerMaster(refusal)
                : reply instanceof List<?> list
                        && list.size() == 2
                        && text(list, 1).equals("replica");
    }

    private static String text(List<?> reply, int at) {
        Object element = reply.get(at);
        return element instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(element);
    }
}

package dev.freshet.bus.internal.encode;

import dev.freshet.bus.PublisherConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/** How many replicas must acknowledge an append; 0: nothing is waited for. */
public record ReplicaWait(int replicas, Duration timeout) {

    public static ReplicaWait of(PublisherConfig config) {
        return new ReplicaWait(config.waitReplicas(), config.waitTimeout());
    }

    public boolean isWanted() {
        return replicas > 0;
    }

    /** The command to send behind an append. */
    public CommandArguments command() {
        return new CommandArguments(Protocol.Command.WAIT).add(replicas).add(timeout.toMillis());
    }

    /** Returns why an append does not count, in a sentence, or null if it does. */
    @Nullable
    public String shortfall(@Nullable Object reply) {
        if (!isWanted() || (reply instanceof Long count && count >= replicas)) {
            return null;
        }
        return reply instanceof JedisDataException refusal
                ? "Redis refused to wait for its replicas: " + refusal.getMessage()
                : "fewer than " + replicas + " replicas acknowledged within " + timeout;
    }
}

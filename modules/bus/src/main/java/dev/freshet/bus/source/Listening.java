package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link MasterFeed} listens to, and who hears it. */
interface Listening {

    /** The kind of feed: a word in the names of threads and connections. */
    String kind();

    /** The interval at which connections and servers are checked. */
    Duration heartbeat();

    /** How long a connection may be without a byte before it is lost. */
    Duration silence();

    /** The channels to subscribe to. */
    List<String> channels();

    /** The patterns of channels to subscribe to, as Redis writes them. */
    List<String> patterns();

    /** Whether every master of a cluster sends something else. Otherwise each sends all, and one is listened to. */
    boolean isEverywhere();

    /** Prepares the connection that will be subscribed. */
    void prepare(RedisConnection subscription);

    /**
     * Makes sure, once subscribed, that a server sends what is listened to.
     *
     * @throws BusException if it does not; the message says what to do
     */
    void require(RedisConnection commands);

    /**
     * Makes sure, at each heartbeat, that it still does.
     *
     * @throws BusException if it does not: something may be missed already
     */
    void requireStill(RedisConnection commands);

    /**
     * A message came. Called on the thread of its master, in order. If it throws, the feed ends.
     *
     * @param subscription what it was sent for: one of the channels or of the patterns
     * @param payload what Redis sends: bytes, a list, or null
     */
    void message(String subscription, byte[] channel, @Nullable Object payload);

    /** The feed ended: later messages are not heard, and some before may be lost. Called once. */
    void lost(String why);
}

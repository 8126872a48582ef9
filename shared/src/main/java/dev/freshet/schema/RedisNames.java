package dev.freshet.schema;

/**
 * How the keys and channels of a region are called. The braces are a Redis Cluster hash tag: all names of one region live
 * in one slot, so that one script can touch them together.
 *
 * @param region the region's name
 */
public record RedisNames(String region) {

    /** The version of the wire format; it is part of the channel's name, so that formats never mix on one channel. */
    public static final int WIRE_VERSION = 1;

    /** A set of the names of all regions that somebody published to or subscribed to. Not of any one region. */
    public static final String REGIONS = "freshet:regions";

    public RedisNames {
        Syntax.requireRegion(region);
    }

    /** A hash: epoch, seq, run (the run_id of the server that it lives on), and what bounds the log by bytes. */
    public String head() {
        return key("head");
    }

    /** A hash: what a source of changes remembers across restarts. Not of any one region. */
    public static String ofSource(String source) {
        return "freshet:source:" + source;
    }

    /** A stream whose ids are {@code <seq>-0}. */
    public String log() {
        return key("log");
    }

    /** The channel that carries the same records as the log. */
    public String channel() {
        return key("v" + WIRE_VERSION);
    }

    /** A hash: who subscribes, a field a member. */
    public String members() {
        return key("members");
    }

    /** The channel of one member, which carries its own nonces and the questions put to it. */
    public String memberChannel(String memberId) {
        return key("v" + WIRE_VERSION + ":member:" + memberId);
    }

    /** The list that takes the members' answers to one question. */
    public String answers(String questionId) {
        return key("answers:" + questionId);
    }

    /** A string: the value of one key, where the region keeps values in Redis. */
    public String value(String key) {
        return key("value:" + key);
    }

    /** One of two hashes, which take turns: what was invalidated of those values. */
    public String fences(int turn) {
        return key("fences:" + turn);
    }

    private String key(String suffix) {
        return "freshet:{" + region + "}:" + suffix;
    }
}

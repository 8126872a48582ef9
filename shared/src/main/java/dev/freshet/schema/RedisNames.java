package dev.freshet.schema;

/**
 * Names the keys and channels of a region. The braces in them are a Redis Cluster hash tag: all names of one region share a
 * slot, so that one script can use them together.
 *
 * @param region the region's name
 */
public record RedisNames(String region) {

    /** The version of the wire format. It is part of the channel's name, so that a channel never mixes formats. */
    public static final int WIRE_VERSION = 1;

    /** A set, shared by all regions: the names of the regions that somebody published to or subscribed to. */
    public static final String REGIONS = "freshet:regions";

    public RedisNames {
        Syntax.requireRegion(region);
    }

    /** A hash: epoch, seq, run (the {@code run_id} of the epoch's server), and the fields that bound the log by bytes. */
    public String head() {
        return key("head");
    }

    /** A hash, shared by all regions: what a source of changes remembers across restarts. */
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

    /** A hash: the subscribers, one field a member. */
    public String members() {
        return key("members");
    }

    /** The channel of one member: nonces of its heartbeats, and dry-run questions to it. */
    public String memberChannel(String memberId) {
        return key("v" + WIRE_VERSION + ":member:" + memberId);
    }

    /** A list: the members' answers to one dry-run question. */
    public String answers(String questionId) {
        return key("answers:" + questionId);
    }

    /** A string: the value of one key in the region's Redis tier. */
    public String value(String key) {
        return key("value:" + key);
    }

    /** One of two hashes that take turns: the fences of the Redis tier. */
    public String fences(int turn) {
        return key("fences:" + turn);
    }

    private String key(String suffix) {
        return "freshet:{" + region + "}:" + suffix;
    }
}

package dev.freshet.schema;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names the keys and channels of a region. The braces in them are a Redis Cluster hash tag: all names of one region share a
 * slot, so that one script can use them together.
 *
 * @param namespace the deployment that the region belongs to
 * @param region the region's name
 */
public record RedisNames(Namespace namespace, String region) {

    /** The version of the wire format. It is part of the channel's name, so that a channel never mixes formats. */
    public static final int WIRE_VERSION = 1;

    private static final Pattern REST_OF_VALUE = Pattern.compile("(?:\\.[1-9][0-9]{0,9})?:");

    public RedisNames {
        Syntax.requireRegion(region);
    }

    /** Names those of a region in the default namespace. */
    public RedisNames(String region) {
        this(Namespace.DEFAULT, region);
    }

    /** A hash: epoch, seq, run (the {@code run_id} of the epoch's server), and the fields that bound the log by bytes. */
    public String head() {
        return key("head");
    }

    /** A pattern that matches all keys and channels of the region, and nothing else. */
    public String all() {
        return key("*");
    }

    /** A stream whose ids are {@code <seq>-0}. */
    public String log() {
        return key("log");
    }

    /** The channel that carries the same records as the log. */
    public String channel() {
        return key("v" + WIRE_VERSION + (namespace.database() == 0 ? "" : ":db" + namespace.database()));
    }

    /** A hash: the subscribers, one field a member. */
    public String members() {
        return key("members");
    }

    /** The channel of one member: nonces of its heartbeats, and dry-run questions to it. */
    public String memberChannel(String memberId) {
        return channel() + ":member:" + memberId;
    }

    /** A list: the members' answers to one dry-run question. */
    public String answers(String questionId) {
        return key("answers:" + questionId);
    }

    /** A string: the value of one key in the region's Redis tier, by a codec of version 0. */
    public String value(String key) {
        return value(0, key);
    }

    /** A string: the value of one key in the region's Redis tier, by a codec of this version. */
    public String value(int codecVersion, String key) {
        return key(codecVersion == 0 ? "value:" + key : "value." + codecVersion + ":" + key);
    }

    /** A string: which process loads a value that is missing at {@link #value(int, String)}; expires. */
    public String loading(int codecVersion, String key) {
        return key(codecVersion == 0 ? "loading:" + key : "loading." + codecVersion + ":" + key);
    }

    /** Returns the key whose value lies at a {@link #value(int, String)} of this region, whatever the version of its codec. */
    public Optional<String> keyOfValue(String name) {
        String values = key("value");
        if (!name.startsWith(values)) {
            return Optional.empty();
        }
        Matcher rest = REST_OF_VALUE.matcher(name).region(values.length(), name.length());
        return rest.lookingAt() ? Optional.of(name.substring(rest.end())) : Optional.empty();
    }

    /** One of two hashes that take turns: the fences of the Redis tier. */
    public String fences(int turn) {
        return key("fences:" + turn);
    }

    private String key(String suffix) {
        return namespace.prefix() + "{" + region + "}:" + suffix;
    }
}

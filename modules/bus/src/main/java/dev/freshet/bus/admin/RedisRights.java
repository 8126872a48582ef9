package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.access.PasswordFile;
import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.bus.source.TrackingFeed;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Syntax;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The least rights in Redis with which one of Freshet's processes works, as rules of an ACL (Redis 6.2 or later; with a RESP
 * port, 7.0 or later). Immutable.
 *
 * @param role who gets them
 * @param namespace the deployment
 * @param regions the only regions that may be touched; empty: all of the namespace
 * @param hasTier whether regions keep values in Redis
 * @param hasSources whether a publisher's sources keep in Redis how far they have read
 * @param isTracking whether a publisher's sources have Redis track keys
 * @param listensTo patterns of channels of applications that a publisher's sources listen to, and relay to
 * @param isCluster whether the server is a node of a cluster
 * @param resp what a subscriber's RESP port copies
 */
public record RedisRights(
        Role role,
        Namespace namespace,
        List<String> regions,
        boolean hasTier,
        boolean hasSources,
        boolean isTracking,
        List<String> listensTo,
        boolean isCluster,
        Resp resp) {

    /**
     * What the RESP port of a subscriber copies. What its clients do besides, they need rights for too: they log in as the same user.
     *
     * @param keys the patterns of its rules; empty: there is no such port
     * @param reads the commands of its rules, in any case
     * @param touches whether Redis is told which keys are read
     */
    public record Resp(List<String> keys, List<String> reads, boolean touches) {

        /** No RESP port. */
        public static final Resp NONE = new Resp(List.of(), List.of(), false);

        public Resp {
            keys = List.copyOf(keys);
            reads = reads.stream().map(read -> read.toLowerCase(Locale.ROOT)).toList();
        }
    }

    /** Who works with Redis. */
    public enum Role {
        /** Appends: the publisher, and a Java application that publishes. */
        PUBLISHER,
        /** Follows regions: the subscriber, and a Java application that caches. */
        SUBSCRIBER,
        /** Examines and mends: the command line. It may do what both others may. */
        DOCTOR
    }

    private static final List<String> OF_ALL = List.of("client|setname", "info", "ping", "time");

    private static final List<String> OF_PUBLISHERS = List.of(
            "del",
            "eval",
            "evalsha",
            "hdel",
            "hget",
            "hgetall",
            "hmget",
            "hset",
            "lrange",
            "sadd",
            "scard",
            "smembers",
            "srem",
            "wait",
            "xadd",
            "xlen",
            "xrange",
            "xtrim");

    private static final List<String> OF_SUBSCRIBERS =
            List.of("del", "eval", "evalsha", "hdel", "hgetall", "hmget", "hset", "pexpire", "rpush", "sadd", "xrange");

    /** Only what changes nothing: it may be refused, and then that check is left out. */
    private static final List<String> OF_DOCTORS = List.of("config|get", "memory|usage", "pttl", "pubsub", "xread");

    /** An append tells the tier what it invalidates; values are read and stored by subscribers. */
    private static final List<String> OF_TIERS = List.of("hget", "hlen", "unlink");

    private static final List<String> OF_TIER_VALUES = List.of("get", "pttl", "set");

    private static final List<String> OF_SOURCES = List.of("hsetnx");

    private static final List<String> OF_TRACKING = List.of("client|id", "client|tracking", "subscribe", "publish");

    private static final List<String> OF_RESP =
            List.of("client|info", "client|tracking", "command", "getrange", "pttl");

    /** A relay reads logs, and waits for them. */
    private static final List<String> OF_CHANNELS = List.of("psubscribe", "publish", "subscribe", "xread");

    public RedisRights {
        regions = List.copyOf(regions);
        listensTo = List.copyOf(listensTo);
        regions.forEach(Syntax::requireRegion);
    }

    /** Returns the rights for all regions of a namespace on a server that is no node of a cluster, without tier and sources. */
    public static RedisRights of(Role role, Namespace namespace) {
        return new RedisRights(role, namespace, List.of(), false, false, false, List.of(), false, Resp.NONE);
    }

    /**
     * Returns the rights for all regions on the server or cluster of an address, without tier and sources. Connects to nothing.
     *
     * @throws IllegalArgumentException if the address is malformed; the message holds no password
     */
    public static RedisRights of(Role role, RedisConfig config) {
        RedisUri uri = RedisUri.parse(config.uri());
        return of(role, new Namespace(config.namespace(), uri.database()))
                .inCluster(uri.kind() == RedisUri.Kind.CLUSTER);
    }

    /**
     * Returns the rule that gives a user the password in a file, of which it holds only the hash. The file is read as the applications
     * read theirs.
     *
     * @throws BusException naming the file and what is wrong with it
     */
    public static String passwordRule(Path file) {
        try {
            String password = new PasswordFile(null, file).get().password();
            byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
            return "#"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (MisconfiguredException e) {
            throw new BusException(String.valueOf(e.getMessage()), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the rules of a user of sentinels, whom every role needs there. */
    public static List<String> rulesOnSentinels() {
        return List.of(
                "resetkeys", "resetchannels", "-@all", "+client|setname", "+ping", "+sentinel|get-master-addr-by-name");
    }

    /** Returns these rights for some regions only; none given: for all. */
    public RedisRights withRegions(Collection<String> names) {
        return new RedisRights(
                role, namespace, List.copyOf(names), hasTier, hasSources, isTracking, listensTo, isCluster, resp);
    }

    /** Returns these rights with those of regions that keep values in Redis. */
    public RedisRights withTier(boolean tier) {
        return new RedisRights(role, namespace, regions, tier, hasSources, isTracking, listensTo, isCluster, resp);
    }

    /** Returns these rights with those of a publisher's sources that keep their progress in Redis. */
    public RedisRights withSources(boolean sources) {
        return new RedisRights(role, namespace, regions, hasTier, sources, isTracking, listensTo, isCluster, resp);
    }

    /** Returns these rights with those of a publisher's sources that have Redis track keys. */
    public RedisRights withTracking(boolean tracking) {
        return new RedisRights(role, namespace, regions, hasTier, hasSources, tracking, listensTo, isCluster, resp);
    }

    /**
     * Returns these rights with those of a publisher's sources that listen to channels of applications, and relay to them.
     *
     * @param patterns the channels, and the very patterns of channels that are subscribed to; none: no such source
     */
    public RedisRights withChannels(Collection<String> patterns) {
        return new RedisRights(
                role, namespace, regions, hasTier, hasSources, isTracking, List.copyOf(patterns), isCluster, resp);
    }

    /** Returns these rights on a node of a cluster. */
    public RedisRights inCluster(boolean cluster) {
        return new RedisRights(role, namespace, regions, hasTier, hasSources, isTracking, listensTo, cluster, resp);
    }

    /** Returns these rights with those of a subscriber's RESP port. */
    public RedisRights withResp(Resp port) {
        return new RedisRights(role, namespace, regions, hasTier, hasSources, isTracking, listensTo, isCluster, port);
    }

    /** Returns the commands in lower case and order, a subcommand behind a bar. */
    public Set<String> commands() {
        Set<String> commands = new TreeSet<>(OF_ALL);
        boolean publishes = role != Role.SUBSCRIBER;
        boolean follows = role != Role.PUBLISHER;
        if (publishes) {
            commands.addAll(OF_PUBLISHERS);
        }
        if (follows) {
            commands.addAll(OF_SUBSCRIBERS);
            commands.add(isCluster ? "ssubscribe" : "subscribe");
        }
        if (role == Role.DOCTOR) {
            commands.addAll(OF_DOCTORS);
        }
        if (hasTier) {
            commands.addAll(OF_TIERS);
            if (follows) {
                commands.addAll(OF_TIER_VALUES);
            }
        }
        if (hasSources && publishes) {
            commands.addAll(OF_SOURCES);
        }
        if (isTracking && publishes) {
            commands.addAll(OF_TRACKING);
        }
        if (!listensTo.isEmpty() && publishes) {
            commands.addAll(OF_CHANNELS);
        }
        if (hasResp()) {
            commands.addAll(OF_RESP);
            commands.addAll(resp.reads());
            if (resp.touches()) {
                commands.add("touch");
            }
        }
        commands.add(isCluster ? "spublish" : "publish"); // a subscriber writes to its own channel
        if (isCluster) {
            commands.add("asking");
            commands.add("cluster|slots");
        }
        if (namespace.database() != 0) {
            commands.add("select");
        }
        return commands;
    }

    private boolean hasResp() {
        return role != Role.PUBLISHER && !resp.keys().isEmpty();
    }

    /** Returns the patterns of the keys that are written. */
    public List<String> keys() {
        if (regions.isEmpty()) {
            return List.of(namespace.prefix() + "*");
        }
        List<String> keys = new ArrayList<>(ofRegions());
        keys.add(namespace.regions());
        if ((hasSources || !listensTo.isEmpty()) && role != Role.SUBSCRIBER) {
            keys.add(namespace.source("*"));
        }
        return keys;
    }

    /** Returns the patterns of the channels. */
    public List<String> channels() {
        List<String> channels = new ArrayList<>(regions.isEmpty() ? List.of(namespace.prefix() + "*") : ofRegions());
        boolean hasListeners = role != Role.SUBSCRIBER && (isTracking || !listensTo.isEmpty());
        if (hasListeners && !regions.isEmpty()) {
            channels.add(namespace.keyspaceChannel("*"));
            channels.add(namespace.sentBySource("*"));
        }
        if (hasResp() && !regions.isEmpty()) {
            channels.add(namespace.prefix() + "{resp}:*");
        }
        if (hasListeners && isTracking) {
            channels.add(TrackingFeed.CHANNEL);
        }
        if (hasListeners) {
            channels.addAll(listensTo);
        }
        return channels;
    }

    private List<String> ofRegions() {
        return regions.stream().map(region -> namespace.region(region).all()).toList();
    }

    /** Returns the rules for {@code ACL SETUSER}, or for a line of an ACL file. They take every other right away, and no password. */
    public List<String> rules() {
        List<String> rules = new ArrayList<>(List.of("resetkeys", "resetchannels", "-@all"));
        keys().forEach(key -> rules.add("~" + key));
        if (hasResp()) {
            resp.keys().forEach(key -> rules.add("%R~" + key));
        }
        channels().forEach(channel -> rules.add("&" + channel));
        commands().forEach(command -> rules.add("+" + command));
        return rules;
    }
}

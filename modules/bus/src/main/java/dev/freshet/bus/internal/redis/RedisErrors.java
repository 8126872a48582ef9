package dev.freshet.bus.internal.redis;

import dev.freshet.bus.internal.access.MisconfiguredException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** Tells what failures of Redis mean, and describes them in a sentence without credentials. */
public final class RedisErrors {

    private static final List<String> SLOT_MOVING = List.of("MOVED ", "ASK ", "TRYAGAIN ");

    private static final List<String> ELSEWHERE =
            List.of("READONLY ", "MOVED ", "ASK ", "TRYAGAIN ", "LOADING ", "MASTERDOWN ", "CLUSTERDOWN ");

    private static final List<String> FORMER_MASTER = List.of("READONLY ", "LOADING ", "MASTERDOWN ", "NOREPLICAS ");

    /** How refusals begin that last until somebody mends the configuration: of this process, or of the server. */
    private static final List<String> MISCONFIGURED = List.of(
            "NOAUTH ",
            "WRONGPASS ",
            "NOPERM ",
            "DENIED ",
            "ERR unknown command",
            "ERR invalid password",
            "ERR AUTH ",
            "ERR Client sent AUTH",
            "ERR DB index",
            "ERR SELECT is not allowed");

    /** What such refusals say within, if a script's command is refused. */
    private static final List<String> MISCONFIGURED_WITHIN =
            List.of("NOPERM ", "ACL failure in script", "The user executing the script", "Unknown Redis command");

    private RedisErrors() {}

    /**
     * Returns whether a refusal shows that the connection may lead to the wrong server: one that is no master, or one that was
     * cut off from its replicas, while another may be the master now. The address may lead there by now, this connection never will.
     */
    public static boolean isOfFormerMaster(JedisDataException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return FORMER_MASTER.stream().anyMatch(message::contains);
    }

    /** Returns whether a refusal lasts until somebody mends the configuration: credentials, rights, a renamed command. */
    public static boolean isMisconfigured(JedisDataException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return MISCONFIGURED.stream().anyMatch(message::startsWith)
                || MISCONFIGURED_WITHIN.stream().anyMatch(message::contains);
    }

    /** Returns whether a fault lasts until somebody mends the configuration. */
    public static boolean isMisconfigured(Throwable fault) {
        return fault instanceof MisconfiguredException
                || (fault instanceof JedisDataException refusal && isMisconfigured(refusal));
    }

    /** Returns whether another server should be asked instead: after a failover, a moved slot, or while a server loads. */
    public static boolean isElsewhere(JedisDataException refusal) {
        // Redis before 7 puts the code of a failure within a script in the middle of the message.
        String message = String.valueOf(refusal.getMessage());
        return ELSEWHERE.stream().anyMatch(message::contains);
    }

    /** Returns which of the faults of several servers to report: one that somebody must mend, else the latest. */
    static JedisException worse(@Nullable JedisException before, JedisException latest) {
        return before instanceof MisconfiguredException ? before : latest;
    }

    /** Returns whether a slot of a cluster is on its way, or has gone, to another server. */
    public static boolean isSlotMoving(JedisDataException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return SLOT_MOVING.stream().anyMatch(message::startsWith);
    }

    /** Returns the server that takes a command while its slot moves, if the refusal names one, else null. */
    public static @Nullable HostAndPort takenBy(JedisDataException refusal, HostAndPort refusing) {
        if (!(refusal instanceof JedisAskDataException ask)) {
            return null;
        }
        HostAndPort target = ask.getTargetNode();
        // A cluster may leave out a host that it does not know: then it is the one that was asked.
        return target.getHost().isEmpty() ? new HostAndPort(refusing.getHost(), target.getPort()) : target;
    }

    /**
     * Says what is wrong with an address without slots if its server answers as one of a cluster does; else returns the words of
     * the refusal.
     */
    public static String withoutSlots(String why, Topology topology) {
        boolean isOfCluster = why.startsWith("MOVED ") || why.startsWith("ASK ") || why.startsWith("CROSSSLOT ");
        return isOfCluster && !topology.hasSlots()
                ? "the server belongs to a Redis Cluster, so its address must begin with redis-cluster:// (" + why + ")"
                : why;
    }

    /** Returns the first cause of a fault. */
    public static Throwable rootCause(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    /** Returns the message of the first cause of a fault. */
    public static String rootMessage(Throwable fault) {
        return String.valueOf(rootCause(fault).getMessage());
    }

    /** Returns the message of a fault, and that of its first cause if it has one. */
    public static String withRootMessage(Throwable fault) {
        Throwable root = rootCause(fault);
        return root == fault ? String.valueOf(fault.getMessage()) : fault.getMessage() + ": " + root.getMessage();
    }

    /** Describes a fault with the address, in a sentence. */
    public static String describe(RedisConnector connector, RuntimeException fault) {
        if (fault instanceof MisconfiguredException) {
            return String.valueOf(fault.getMessage());
        }
        Throwable root = rootCause(fault);
        String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        if (fault instanceof JedisDataException) {
            return "Redis at " + connector.uri() + " refuses: " + why;
        }
        return "Redis at " + connector.uri() + " cannot be reached: " + why;
    }
}

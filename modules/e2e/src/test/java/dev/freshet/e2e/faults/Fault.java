package dev.freshet.e2e.faults;

import java.util.Set;

/** The faults of the table, in its order, and what may come of each. */
enum Fault {
    SUBSCRIBER_CUT("A subscriber is cut off for 2 s while half of its entries change", Continuity.PROVEN),
    ANSWERS_VANISH("A subscriber's connection is half open: what Redis sends vanishes", Continuity.PROVEN),
    REQUESTS_VANISH("A subscriber's connection is half open: what it sends vanishes", Continuity.PROVEN),
    ALL_VANISHES("A subscriber's connection is half open: everything vanishes", Continuity.PROVEN),
    LATENCY("Everything between a subscriber and Redis takes 300 ms longer", Continuity.PROVEN),
    SLOW_DRIP("A subscriber receives no more than a few KiB a second", Continuity.PROVEN),
    RESET_IN_A_MESSAGE(
            "A subscriber's connection is reset in the middle of a message, again and again", Continuity.PROVEN),
    CLIENT_KILL("CLIENT KILL ends every connection to Redis", Continuity.PROVEN),
    OUTPUT_BUFFER("A slow subscriber overflows its output buffer in Redis", Continuity.PROVEN),
    SUBSCRIBER_FROZEN("A subscriber is frozen for 5 s (SIGSTOP, SIGCONT)", Continuity.PROVEN),
    PUBLISHER_HALF_OPEN("The publisher's connection is half open: everything vanishes", Continuity.PROVEN),
    DEBUG_SLEEP("Redis stands still (DEBUG SLEEP)", Continuity.PROVEN),
    SCRIPT_FLUSH("Redis forgets its scripts (SCRIPT FLUSH)", Continuity.PROVEN),
    LOG_TRIMMED("A subscriber is cut off, and the log is trimmed past its position", Continuity.LOST, "trimmed"),
    FLUSHALL("FLUSHALL", Continuity.LOST, "epoch"),
    STRANGER_SETS_HEAD("A stranger overwrites the head with SET", Continuity.LOST, "epoch"),
    STRANGER_ADDS_TO_LOG("A stranger appends to the log with XADD", Continuity.LOST, "epoch"),
    REDIS_KILLED_EMPTY("Redis is killed (kill -9) and comes back empty", Continuity.LOST, "server", "epoch"),
    REDIS_KILLED_WITH_AOF("Redis is killed (kill -9) and comes back with its AOF", Continuity.LOST, "server", "epoch"),
    PUBLISHER_KILLED("A publisher is killed (kill -9) and another one started", Continuity.PROVEN),
    SUBSCRIBER_KILLED("A subscriber is killed (kill -9) and started again", Continuity.NEW_PROCESS),
    FAILOVER("Sentinels fail over to a replica", Continuity.LOST, "server", "epoch"),
    LOSSY_FAILOVER(
            "Sentinels fail over to a replica that lacks acknowledged records, while a subscriber is frozen",
            Continuity.LOST,
            "server",
            "epoch"),
    SLOT_MOVED("In a cluster, the region's slot moves to another master", Continuity.LOST, "server", "epoch");

    /** Whether it can be proven afterwards that nothing was missed. */
    enum Continuity {
        /** By a replay: nothing may be thrown away. */
        PROVEN,
        /** It cannot: everything is dropped. */
        LOST,
        /** A process that begins holds nothing. */
        NEW_PROCESS
    }

    private final String title;
    private final Continuity continuity;
    private final String resetReasons;

    Fault(String title, Continuity continuity, String... resetReasons) {
        this.title = title;
        this.continuity = continuity;
        this.resetReasons = String.join(",", resetReasons);
    }

    String title() {
        return title;
    }

    Continuity continuity() {
        return continuity;
    }

    /** Why subscribers may reset, as the metric names it. */
    Set<String> resetReasons() {
        return Set.of(resetReasons.split(",", -1));
    }
}

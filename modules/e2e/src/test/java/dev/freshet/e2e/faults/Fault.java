package dev.freshet.e2e.faults;

import java.util.Set;

/** The faults of the table, in its order, with the consequences that each may have. */
enum Fault {
    SUBSCRIBER_CUT("A subscriber is cut off for 2 s", Continuity.PROVEN),
    ANSWERS_VANISH("Half-open connection: what Redis sends vanishes", Continuity.PROVEN),
    REQUESTS_VANISH("Half-open connection: what a subscriber sends vanishes", Continuity.PROVEN),
    ALL_VANISHES("Half-open connection: everything vanishes", Continuity.PROVEN),
    LATENCY("Round trips to Redis take 300 ms longer", Continuity.PROVEN),
    SLOW_DRIP("A subscriber receives only 4 KiB/s", Continuity.PROVEN),
    RESET_IN_A_MESSAGE("Connections are reset mid-message, repeatedly", Continuity.PROVEN),
    CLIENT_KILL("CLIENT KILL ends every connection", Continuity.PROVEN),
    OUTPUT_BUFFER("A slow subscriber overflows its output buffer", Continuity.PROVEN),
    SUBSCRIBER_FROZEN("A subscriber is frozen for 5 s (SIGSTOP)", Continuity.PROVEN),
    PUBLISHER_HALF_OPEN("The publisher's connection is half open", Continuity.PROVEN),
    DEBUG_SLEEP("Redis hangs (DEBUG SLEEP)", Continuity.PROVEN),
    SCRIPT_FLUSH("SCRIPT FLUSH", Continuity.PROVEN),
    LOG_TRIMMED("The log is trimmed past a subscriber's position", Continuity.LOST, "trimmed"),
    FLUSHALL("FLUSHALL", Continuity.LOST, "epoch"),
    STRANGER_SETS_HEAD("Another client overwrites the head (SET)", Continuity.LOST, "epoch"),
    STRANGER_ADDS_TO_LOG("Another client appends to the log (XADD)", Continuity.LOST, "epoch"),
    REDIS_KILLED_EMPTY("Redis is killed and returns empty", Continuity.LOST, "server", "epoch"),
    REDIS_KILLED_WITH_AOF("Redis is killed and returns with its AOF", Continuity.LOST, "server", "epoch"),
    PUBLISHER_KILLED("A publisher is killed", Continuity.PROVEN),
    SUBSCRIBER_KILLED("A subscriber is killed", Continuity.NEW_PROCESS),
    FAILOVER("Sentinels fail over", Continuity.LOST, "server", "epoch"),
    LOSSY_FAILOVER("Sentinels fail over and lose records, a subscriber is frozen", Continuity.LOST, "server", "epoch"),
    SLOT_MOVED("A cluster slot moves to another master", Continuity.LOST, "server", "epoch"),
    ENDPOINT_MOVED(
            "An endpoint moves to another master, the old one lives on as its replica",
            Continuity.LOST,
            "server",
            "epoch"),
    LONG_PARTITION("A publisher stays with the old master for 65 s, then all move", Continuity.LOST, "server", "epoch");

    /** How a subscriber becomes current again after the fault. */
    enum Continuity {
        /** A replay proves that nothing was missed: no entry may be dropped. */
        PROVEN,
        /** Nothing can prove it: every entry is dropped. */
        LOST,
        /** The process starts again and holds nothing. */
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

    /** The reasons for which subscribers may reset, as the metric names them. */
    Set<String> resetReasons() {
        return Set.of(resetReasons.split(",", -1));
    }
}

package dev.freshet.e2e.faults;

import java.time.Duration;

/** The faults of the RESP port's table, in its order. */
enum RespFault {
    CUT("A sidecar is cut off from Redis for 2 s"),
    HALF_OPEN("A sidecar's connections to Redis are half open"),
    FROZEN("A sidecar is frozen (SIGSTOP)"),
    TRACKING_FROZEN("Only the tracking connection is frozen"),
    PUBLISHER_DEAD("No publisher is left"),
    REDIS_KILLED("Redis is killed and returns with its data"),
    OUT_OF_MEMORY("Redis is out of memory"),
    FAILOVER("Sentinels fail over behind sidecars"),
    ENDPOINT_MOVED("The endpoint moves, the tracking connections stay with the old master"),
    OLD_MASTER_ISOLATED("An isolated master stays reachable", Duration.ofSeconds(3));

    private final String title;
    private final Duration allowance;

    RespFault(String title) {
        this(title, Duration.ZERO);
    }

    /** @param allowance how long the server itself believes what is not true: its {@code min-replicas-max-lag}, looked at each second */
    RespFault(String title, Duration allowance) {
        this.title = title;
        this.allowance = allowance;
    }

    String title() {
        return title;
    }

    Duration allowance() {
        return allowance;
    }
}

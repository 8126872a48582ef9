package dev.freshet.resp.tracking;

import dev.freshet.resp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Which server answers, and what it is. If any of this changes, nothing that was heard before counts.
 *
 * @param runId the process
 * @param replicationId the history of its data
 * @param role as in {@code master}
 * @param isCluster whether it is a node of a cluster
 */
record ServerFacts(String runId, String replicationId, String role, boolean isCluster) {

    /** Reads {@code INFO server} and {@code INFO replication}. */
    static ServerFacts parse(Reply server, Reply replication) {
        return new ServerFacts(
                runIdIn(server.text()),
                field(replication.text(), "master_replid"),
                field(replication.text(), "role"),
                field(server.text(), "redis_mode").equals("cluster"));
    }

    /** Reads the process from {@code INFO server}; empty: it is not said. */
    static String runIdIn(String info) {
        return field(info, "run_id");
    }

    private static String field(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    /** Returns why copies cannot be kept of this server's keys, as a sentence; null if they can. */
    @Nullable
    String fault() {
        if (isCluster) {
            return "the server is a node of a Redis Cluster, which the RESP port does not support;"
                    + " connect to a single server or to Sentinel";
        }
        if (runId.isEmpty() || replicationId.isEmpty()) {
            return "the server does not say who it is; allow this user +info";
        }
        return role.equals("master") ? null : "the server is no master, but says its role is \"" + role + "\"";
    }
}

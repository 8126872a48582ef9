package dev.freshet.cli.doctor;

import dev.freshet.schema.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Checks what a server reports about itself. Stateless. */
public final class ServerChecks {

    /** The minimum hard limit: a subscriber that pauses for a moment may fall behind by 16 of the largest records. */
    private static final long MIN_HARD_LIMIT_BYTES = 16L * Limits.MAX_BODY_BYTES;

    private static final long MIN_SOFT_LIMIT_BYTES = 4L * Limits.MAX_BODY_BYTES;
    private static final double ALMOST_FULL = 0.9;

    private ServerChecks() {}

    /** Returns at least one finding for each check. */
    public static List<Finding> judge(ServerFacts facts) {
        List<Finding> findings = new ArrayList<>();
        rights(facts, findings);
        if (!facts.info().isEmpty()) {
            version(facts, findings);
            role(facts, findings);
            cluster(facts, findings);
            replicas(facts, findings);
            memory(facts, findings);
            persistence(facts, findings);
        }
        outputBuffers(facts, findings);
        return findings;
    }

    private static void rights(ServerFacts facts, List<Finding> findings) {
        if (facts.refusedCommands().isEmpty()) {
            findings.add(Finding.ok("rights", "this user may run every command that " + facts.whose() + " needs"));
        }
        facts.refusedCommands()
                .forEach((command, why) -> findings.add(Finding.fault(
                        "rights",
                        facts.address() + " refuses " + command + " (" + why + ")",
                        "grant it: ACL SETUSER <user> +" + command.toLowerCase(Locale.ROOT) + " ~" + facts.namespace()
                                + ":* &" + facts.namespace() + ":*")));
        if (facts.refusedTierCommands().isEmpty()) {
            return;
        }
        String commands = String.join(", ", facts.refusedTierCommands().keySet());
        String remedy = "grant them: ACL SETUSER <user> "
                + facts.refusedTierCommands().keySet().stream()
                        .map(command -> "+" + command.toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(" "));
        findings.add(
                facts.hasTier()
                        ? Finding.fault(
                                "rights",
                                facts.address() + " refuses " + commands
                                        + ", which regions that keep values in Redis need",
                                remedy)
                        : Finding.note(
                                "rights",
                                facts.address() + " refuses " + commands
                                        + ", which only regions that keep values in Redis (redis-tier) need; none does",
                                null));
    }

    private static void version(ServerFacts facts, List<Finding> findings) {
        String version = facts.info("redis_version");
        String text = "Redis " + version + " at " + facts.address();
        String[] parts = version.split("\\.", 3);
        try {
            int major = Integer.parseInt(parts[0]);
            int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
            findings.add(
                    major > 6 || (major == 6 && minor >= 2)
                            ? Finding.ok("version", text)
                            : Finding.fault("version", text + " is too old", "upgrade to Redis 6.2 or later"));
        } catch (NumberFormatException e) {
            findings.add(Finding.note(
                    "version", text + " has an unknown version format", "check that it is Redis 6.2 or later"));
        }
    }

    private static void role(ServerFacts facts, List<Finding> findings) {
        if (facts.info("role").equals("master")) {
            findings.add(Finding.ok("role", facts.address() + " is a master"));
        } else {
            findings.add(Finding.fault(
                    "role",
                    facts.address() + " is a replica of " + facts.info("master_host") + ":" + facts.info("master_port")
                            + ", which refuses appends and cannot confirm anything",
                    "give the address of the master, or of the sentinels as redis-sentinel://host:port/master-name"));
        }
        if (facts.info("loading").equals("1")) {
            findings.add(Finding.fault(
                    "role",
                    facts.address() + " is still loading its data",
                    "wait until it is done, then run doctor again"));
        }
    }

    private static void cluster(ServerFacts facts, List<Finding> findings) {
        if (facts.info("cluster_enabled").equals("1") && !facts.addressedAsCluster()) {
            findings.add(Finding.fault(
                    "cluster",
                    facts.address() + " is a node of a cluster, but the given address is that of a single server",
                    "use redis-cluster:// instead of redis://"));
        }
    }

    private static void replicas(ServerFacts facts, List<Finding> findings) {
        long attached = facts.number("connected_slaves");
        if (attached == 0) {
            findings.add(Finding.ok("replicas", "no replica is attached, so no failover can lose records"));
            return;
        }
        String setting = facts.settings().get(ServerFacts.MIN_REPLICAS);
        // INFO has this field only if the setting is in effect. It replaces CONFIG where the user may not run that.
        boolean required = setting != null
                ? !setting.equals("0")
                : !facts.info("min_slaves_good_slaves").isEmpty();
        if (required) {
            findings.add(Finding.ok("replicas", attached + " replicas attached, and writes need at least one of them"));
        } else {
            findings.add(Finding.fault(
                    "replicas",
                    attached + (attached == 1 ? " replica is" : " replicas are") + " attached, but "
                            + ServerFacts.MIN_REPLICAS
                            + " is 0: an isolated old master looks like a quiet one",
                    "CONFIG SET " + ServerFacts.MIN_REPLICAS + " 1, on the master and on its replicas"));
        }
    }

    private static void memory(ServerFacts facts, List<Finding> findings) {
        long limitBytes = facts.number("maxmemory");
        String policy = facts.settings().getOrDefault(ServerFacts.MAXMEMORY_POLICY, facts.info("maxmemory_policy"));
        if (policy.startsWith("allkeys")) {
            findings.add(Finding.fault(
                    "memory",
                    "maxmemory-policy is " + policy + ", so Redis may evict Freshet's heads, logs and members when"
                            + " memory is short; each eviction resets a region"
                            + (limitBytes == 0 ? " (once a maxmemory is set)" : ""),
                    "CONFIG SET maxmemory-policy noeviction, or volatile-lru if other data must be evicted"));
        } else {
            findings.add(Finding.ok(
                    "memory", "maxmemory-policy is " + policy + ", which never evicts keys without an expiry"));
        }
        if (policy.equals("noeviction") && facts.hasTier() && limitBytes > 0) {
            findings.add(Finding.note(
                    "memory",
                    "maxmemory-policy is noeviction, so Redis never evicts the values of regions with a redis-tier: when"
                            + " memory is full, publishers answer 503 until some expire",
                    "CONFIG SET maxmemory-policy volatile-lru or volatile-lfu: of Freshet's keys only these values have"
                            + " an expiry (docs/EVICTION.md)"));
        }
        if (limitBytes > 0 && facts.number("used_memory") > ALMOST_FULL * limitBytes) {
            findings.add(Finding.note(
                    "memory",
                    "used memory is over 90 % of maxmemory; when it is full, publishers answer 503",
                    "raise maxmemory, or lower log.maximum-records of the publishers"));
        }
    }

    private static void persistence(ServerFacts facts, List<Finding> findings) {
        String stopWrites = facts.settings().getOrDefault(ServerFacts.STOP_WRITES, "yes");
        if (facts.info("rdb_last_bgsave_status").equals("err") && stopWrites.equals("yes")) {
            findings.add(Finding.fault(
                    "persistence",
                    "the last background save failed, so Redis refuses writes",
                    "look into the log of Redis; usually the disk is full"));
        }
        if (facts.info("aof_last_write_status").equals("err")) {
            findings.add(Finding.fault(
                    "persistence",
                    "Redis cannot write its append-only file, so it refuses writes",
                    "look into the log of Redis; usually the disk is full"));
        }
        if (facts.info("aof_enabled").equals("0") && facts.number("connected_slaves") == 0) {
            findings.add(Finding.note(
                    "persistence",
                    "without an append-only file or a replica the logs are lost when Redis stops; every region then"
                            + " resets, which is safe and leaves a cold cache",
                    null));
        }
    }

    private static void outputBuffers(ServerFacts facts, List<Finding> findings) {
        String setting = facts.settings().get(ServerFacts.OUTPUT_BUFFER_LIMIT);
        if (setting == null) {
            findings.add(Finding.note(
                    "output-buffers",
                    ServerFacts.OUTPUT_BUFFER_LIMIT + " cannot be read with this user's rights",
                    "check that its class pubsub allows at least " + mebibytes(MIN_HARD_LIMIT_BYTES) + " hard and "
                            + mebibytes(MIN_SOFT_LIMIT_BYTES) + " soft"));
            return;
        }
        String[] words = setting.split(" ", -1);
        for (int i = 0; i + 3 < words.length; i++) {
            if (words[i].equals("pubsub")) {
                long hardBytes = Long.parseLong(words[i + 1]);
                long softBytes = Long.parseLong(words[i + 2]);
                String text = "subscribers may fall behind by " + limit(hardBytes) + " (hard) and " + limit(softBytes)
                        + " for " + words[i + 3] + " s (soft)";
                boolean hurts = (hardBytes > 0 && hardBytes < MIN_HARD_LIMIT_BYTES)
                        || (softBytes > 0 && softBytes < MIN_SOFT_LIMIT_BYTES);
                findings.add(
                        hurts
                                ? Finding.fault(
                                        "output-buffers",
                                        text + ": Redis disconnects them after a short pause",
                                        "CONFIG SET " + ServerFacts.OUTPUT_BUFFER_LIMIT + " \"pubsub 32mb 8mb 60\"")
                                : Finding.ok("output-buffers", text));
            }
        }
    }

    private static String limit(long bytes) {
        return bytes == 0 ? "any amount" : mebibytes(bytes);
    }

    private static String mebibytes(long bytes) {
        return bytes >= 1024 * 1024 ? bytes / (1024 * 1024) + " MiB" : bytes / 1024 + " KiB";
    }
}

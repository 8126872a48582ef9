package dev.freshet.cli.doctor;

import dev.freshet.bus.admin.Neighbours;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks whether others use the same Redis, and whether they use it in a way that cannot go well. Stateless. */
public final class NeighbourChecks {

    private static final String CHECK = "neighbours";

    private NeighbourChecks() {}

    /**
     * Returns at least one finding.
     *
     * @param members how many live members each region has
     */
    public static List<Finding> judge(Neighbours neighbours, Map<String, Integer> members) {
        List<Finding> findings = new ArrayList<>();
        if (!neighbours.deployments().isEmpty()) {
            findings.add(Finding.note(
                    CHECK,
                    "others use this Redis too, with channels of their own: "
                            + String.join("; ", neighbours.deployments()),
                    null));
        }
        for (Neighbours.Channel channel : neighbours.channels()) {
            judge(channel, members.getOrDefault(channel.region(), 0), findings);
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(CHECK, "nobody else uses the channels of these regions"));
        }
        return findings;
    }

    private static void judge(Neighbours.Channel channel, int members, List<Finding> findings) {
        if (channel.foreignMessages() > 0) {
            findings.add(Finding.fault(
                    CHECK,
                    "foreign messages on " + channel.name() + " while doctor listened: " + channel.foreignMessages()
                            + ", for example " + channel.example() + ". Each resets region " + channel.region(),
                    "find out who publishes there: a deployment in another database whose version is older (update it), or"
                            + " another program; give each deployment a redis.namespace of its own"));
        } else if (channel.subscribers() > members) {
            findings.add(Finding.note(
                    CHECK,
                    "connections that subscribe to " + channel.name() + ": " + channel.subscribers()
                            + ", but live members of " + channel.region() + ": " + members,
                    "look for a deployment in another database whose version is older; a client that only listens does no"
                            + " harm"));
        }
    }
}

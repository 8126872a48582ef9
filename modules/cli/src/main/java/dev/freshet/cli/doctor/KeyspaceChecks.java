package dev.freshet.cli.doctor;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.KeyspaceFeed;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.SourceConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checks whether Redis sends the keyspace events that configured sources need. Stateless. */
public final class KeyspaceChecks {

    private static final Duration NEVER_USED = Duration.ofSeconds(1);

    private KeyspaceChecks() {}

    /**
     * Returns a finding for each source of keyspace events and each master of its Redis.
     *
     * @param redis the publisher's Redis, for sources that name none
     */
    public static List<Finding> judge(List<SourceConfig> sources, RedisConfig redis) {
        List<Finding> findings = new ArrayList<>();
        for (SourceConfig source : sources) {
            KeyspaceConfig keyspace = source.keyspace();
            if (keyspace != null) {
                judge(source.name(), keyspace, keyspace.redis() == null ? redis : keyspace.redis(), findings);
            }
        }
        return findings;
    }

    private static void judge(String name, KeyspaceConfig keyspace, RedisConfig redis, List<Finding> findings) {
        KeyspaceFeedConfig feed =
                new KeyspaceFeedConfig(redis, "doctor", keyspace.heardEvents(), keyspace.notifications(), NEVER_USED);
        List<String> faults;
        try {
            faults = KeyspaceFeed.faults(feed);
        } catch (BusException e) {
            findings.add(Finding.fault("keyspace", "source " + name + ": " + e.getMessage(), "check the source's uri"));
            return;
        }
        if (faults.isEmpty()) {
            findings.add(
                    Finding.ok("keyspace", "source " + name + ": Redis sends " + String.join(", ", feed.events())));
        }
        for (String fault : faults) {
            findings.add(
                    switch (keyspace.notifications()) {
                        case CHECK ->
                            new Finding(Finding.Level.FAULT, "keyspace", "source " + name + ": " + fault, null);
                        case SET ->
                            Finding.note(
                                    "keyspace",
                                    "source " + name + ": " + fault
                                            + ". The publisher sets it when it starts, if its user may",
                                    null);
                        case ASSUME ->
                            Finding.note(
                                    "keyspace", "source " + name + " assumes that Redis sends them: " + fault, null);
                    });
        }
    }
}

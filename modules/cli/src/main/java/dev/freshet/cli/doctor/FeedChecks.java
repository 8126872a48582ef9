package dev.freshet.cli.doctor;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceListener.Rejection;
import dev.freshet.sources.redis.SourceTrial;
import dev.freshet.sources.redis.SourceTrial.Heard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Checks whether configured sources hear the changed keys and the messages of Redis: it listens as they do. Stateless. */
public final class FeedChecks {

    private FeedChecks() {}

    /**
     * Returns the findings about each source of kind {@code redis-tracking} or {@code redis-channel}.
     *
     * @param redis the publisher's Redis, for sources that name none
     * @param listening how long to listen for each
     */
    public static List<Finding> judge(List<SourceConfig> sources, RedisConfig redis, Duration listening) {
        List<Finding> findings = new ArrayList<>();
        for (SourceConfig source : sources) {
            boolean isTracking = source.kind() == SourceConfig.Kind.REDIS_TRACKING;
            String check = isTracking ? "tracking" : "channels";
            try {
                Heard heard = SourceTrial.listen(source, redis, listening);
                if (heard != null) {
                    findings.add(ok(source, heard, isTracking, listening));
                    misunderstood(source, heard, findings);
                }
            } catch (BusException e) {
                findings.add(Finding.fault(
                        check,
                        "source " + source.name() + ": " + e.getMessage(),
                        "check the source's uri, and give its user the rights of ./freshet acl publisher "
                                + (isTracking ? "--tracking" : "--channel PATTERN")));
            }
        }
        return findings;
    }

    private static Finding ok(SourceConfig source, Heard heard, boolean isTracking, Duration listening) {
        String said = heard.listensTo().stream()
                .map(name -> name.isEmpty() ? "all keys" : name)
                .collect(Collectors.joining(", "));
        String counted = heard.understood() + " in " + listening.toSeconds() + " s that a rule maps";
        return isTracking
                ? Finding.ok(
                        "tracking",
                        "source " + source.name() + ": Redis tells of changed keys that begin with " + said + "; "
                                + counted)
                : Finding.ok("channels", "source " + source.name() + ": listens to " + said + "; " + counted);
    }

    private static void misunderstood(SourceConfig source, Heard heard, List<Finding> findings) {
        if (!heard.rejected().isEmpty()) {
            findings.add(Finding.note(
                    "channels",
                    "source " + source.name() + ": messages that no rule understands while doctor listened: "
                            + heard.rejected().entrySet().stream()
                                    .map(FeedChecks::counted)
                                    .collect(Collectors.joining(", ")),
                    "mend the rule that is to read them, or subscribe to fewer channels; docs/SOURCES.md#messages"));
        }
    }

    private static String counted(Map.Entry<Rejection, Long> rejected) {
        return rejected.getKey().name().toLowerCase(Locale.ROOT) + " " + rejected.getValue();
    }
}

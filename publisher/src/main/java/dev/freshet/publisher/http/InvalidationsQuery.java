package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.schema.TraceContext;
import dev.freshet.service.config.Units;
import dev.freshet.service.http.Faults;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a change is published, from the query of the request and its trace.
 *
 * @param await whether to answer only when every live member has applied it
 * @param dryRun whether to publish nothing, and answer what the change would evict
 * @param force whether to publish it however many entries it evicts
 * @param timeout for members to apply the change, or to answer a dry run
 * @param trace the request's, for changes that name none of their own
 */
record InvalidationsQuery(
        boolean await,
        boolean dryRun,
        boolean force,
        Duration timeout,
        @Nullable TraceContext trace) {

    private static final String TRACEPARENT = "traceparent";

    /** Returns the same for a request with these headers. Two of that name are none. */
    InvalidationsQuery in(MultiMap headers) {
        List<String> given = headers.contains(TRACEPARENT) ? headers.getAll(TRACEPARENT) : List.of();
        return given.size() == 1
                ? new InvalidationsQuery(await, dryRun, force, timeout, TraceContext.parse(given.get(0)))
                : this;
    }

    /**
     * Reads the parameters.
     *
     * @throws ProblemException 400 that names every wrong parameter
     */
    static InvalidationsQuery parse(MultiMap query, PublisherSettings settings) {
        boolean await = false;
        boolean dryRun = false;
        boolean force = false;
        Duration timeout = settings.awaitTimeout();
        Faults faults = new Faults();
        for (Map.Entry<String, String> parameter : query) {
            String name = parameter.getKey();
            String value = parameter.getValue();
            switch (name) {
                case "await" -> {
                    await = value.equals("applied");
                    if (!await) {
                        faults.add(name, "must be \"applied\", not " + Units.quote(value));
                    }
                }
                case "dryRun" -> dryRun = parseBoolean(name, value, faults);
                case "force" -> force = parseBoolean(name, value, faults);
                case "timeout" -> timeout = parseTimeout(value, settings, faults);
                default -> faults.add(name, "is not a parameter; the parameters are: await, timeout, dryRun, force");
            }
            if (query.getAll(name).size() > 1) {
                faults.add(name, "must be given once, but is repeated");
            }
        }
        if (await && dryRun) {
            faults.add("await", "must not be given with dryRun=true: a dry run publishes nothing");
        }
        if (force && dryRun) {
            faults.add("force", "must not be given with dryRun=true: a dry run publishes nothing");
        }
        if (query.contains("timeout") && !await && !dryRun && faults.isEmpty()) {
            faults.add("timeout", "must be given only with await=applied or dryRun=true");
        }
        if (!faults.isEmpty()) {
            throw new ProblemException(faults.toProblem());
        }
        return new InvalidationsQuery(await, dryRun, force, timeout, null);
    }

    private static boolean parseBoolean(String name, String value, Faults faults) {
        boolean isTrue = value.equals("true");
        if (!isTrue && !value.equals("false")) {
            faults.add(name, "must be true or false, not " + Units.quote(value));
        }
        return isTrue;
    }

    private static Duration parseTimeout(String value, PublisherSettings settings, Faults faults) {
        Duration longest = settings.awaitMaximumTimeout();
        try {
            Duration timeout = Units.parseDuration(value);
            if (!timeout.isZero() && timeout.compareTo(longest) <= 0) {
                return timeout;
            }
            faults.add(
                    "timeout",
                    "must be more than 0s and at most " + Units.format(longest) + " (await.maximum-timeout), not "
                            + Units.quote(value));
        } catch (IllegalArgumentException e) {
            faults.add("timeout", String.valueOf(e.getMessage()));
        }
        return settings.awaitTimeout();
    }
}

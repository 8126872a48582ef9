package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.service.Problem.FieldFault;
import dev.freshet.service.Units;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a change is to be published, from the query of the request.
 *
 * @param await whether to answer only when every live member has applied it
 * @param dryRun whether only to say what would go
 * @param force whether it goes however many entries it would evict
 * @param timeout for members to apply, or to answer
 * @param faults what is wrong with the query
 */
record InvalidationsQuery(boolean await, boolean dryRun, boolean force, Duration timeout, List<FieldFault> faults) {

    static InvalidationsQuery parse(MultiMap query, PublisherSettings settings) {
        boolean await = false;
        boolean dryRun = false;
        boolean force = false;
        Duration timeout = settings.awaitTimeout();
        List<FieldFault> faults = new ArrayList<>();
        for (Map.Entry<String, String> parameter : query) {
            String name = parameter.getKey();
            String value = parameter.getValue();
            switch (name) {
                case "await" -> {
                    await = value.equals("applied");
                    if (!await) {
                        faults.add(new FieldFault(name, "must be \"applied\""));
                    }
                }
                case "dryRun" -> {
                    dryRun = value.equals("true");
                    if (!dryRun && !value.equals("false")) {
                        faults.add(new FieldFault(name, "must be true or false"));
                    }
                }
                case "force" -> {
                    force = value.equals("true");
                    if (!force && !value.equals("false")) {
                        faults.add(new FieldFault(name, "must be true or false"));
                    }
                }
                case "timeout" -> timeout = parseTimeout(value, settings, faults);
                default ->
                    faults.add(new FieldFault(name, "is not a parameter; these are: await, timeout, dryRun, force"));
            }
            if (query.getAll(name).size() > 1) {
                faults.add(new FieldFault(name, "must be given once, but is repeated"));
            }
        }
        if (await && dryRun) {
            faults.add(new FieldFault("await", "must not be given with dryRun: nothing goes that could be applied"));
        }
        if (force && dryRun) {
            faults.add(new FieldFault("force", "must not be given with dryRun: nothing goes that could be forced"));
        }
        if (query.contains("timeout") && !await && !dryRun && faults.isEmpty()) {
            faults.add(new FieldFault("timeout", "must be given with await=applied or dryRun=true only"));
        }
        return new InvalidationsQuery(await, dryRun, force, timeout, List.copyOf(faults));
    }

    private static Duration parseTimeout(String value, PublisherSettings settings, List<FieldFault> faults) {
        Duration longest = settings.awaitMaximumTimeout();
        try {
            Duration timeout = Units.parseDuration(value);
            if (!timeout.isZero() && timeout.compareTo(longest) <= 0) {
                return timeout;
            }
            faults.add(new FieldFault("timeout", "must be more than 0s and at most " + Units.format(longest)));
        } catch (IllegalArgumentException e) {
            faults.add(new FieldFault("timeout", String.valueOf(e.getMessage())));
        }
        return settings.awaitTimeout();
    }
}

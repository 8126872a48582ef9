package dev.freshet.publisher.http;

import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.Publisher;
import dev.freshet.publisher.change.ParsedChange;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Answers what a change would evict. Nothing is published. */
final class DryRun {

    private DryRun() {}

    /**
     * Asks the members of the change's region to count.
     *
     * @param timeout for the members' answers
     * @return the answer, or fails with a {@link ProblemException} if the members cannot be asked
     */
    static Future<JsonObject> of(ParsedChange.Valid valid, Publisher publisher, Duration timeout, Context context) {
        return Future.fromCompletionStage(
                        publisher.dryRun(valid.region(), valid.change().selectors(), timeout), context)
                .recover(fault -> Future.failedFuture(new ProblemException(Problems.ofQuestion(fault))))
                .map(result -> toJson(valid.region(), result));
    }

    private static JsonObject toJson(String region, DryRunResult result) {
        return new JsonObject()
                .put("dryRun", true)
                .put("region", region)
                .put("members", result.members())
                .put("answered", result.answered())
                .put("entries", result.entries())
                .put("silent", new JsonArray(result.silent()));
    }
}

package dev.freshet.publisher.http;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.service.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients hear. */
public final class Responses {

    private static final Logger log = LoggerFactory.getLogger(Responses.class);
    private static final int MAX_LAGGING_NAMED = 100;

    private Responses() {}

    static void send(HttpServerResponse response, JsonObject answer) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(answer.toBuffer());
    }

    /** What a client hears of a fault; that a change was not confirmed is the expected case. */
    static Problem problemOf(Throwable fault) {
        if (fault instanceof ProblemException expected) {
            return expected.problem();
        }
        if (fault instanceof UnavailableException unavailable) {
            return problemOf(unavailable);
        }
        if (fault instanceof TooBroadException tooBroad) {
            return tooBroad(tooBroad);
        }
        if (fault instanceof CompletionException && fault.getCause() != null) {
            return problemOf(fault.getCause());
        }
        log.error("a request failed unexpectedly", fault);
        return Problem.of(500, "internal", "Something went wrong here; the log of the publisher tells what.");
    }

    static void send(HttpServerResponse response, Problem problem) {
        if (response.ended() || response.closed()) {
            return;
        }
        Object retryAfter = problem.extensions().get("retryAfterSeconds");
        if (retryAfter != null) {
            response.putHeader("Retry-After", retryAfter.toString());
        }
        problem.send(response);
    }

    private static Problem tooBroad(TooBroadException tooBroad) {
        return Problem.of(
                        409,
                        "too-broad",
                        "The change is not published: " + tooBroad.getMessage()
                                + " (broad.maximum-entries). Name less, or repeat it with ?force=true.")
                .with("region", tooBroad.region())
                .with("entries", tooBroad.entries())
                .with("members", tooBroad.members())
                .with("maximumEntries", tooBroad.maximumEntries());
    }

    /**
     * What a client hears where nothing was to be published and Redis could not be asked.
     */
    static Problem problemOfQuestion(Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        return cause instanceof UnavailableException unavailable
                ? unavailable(unavailable, "It cannot be told: " + unavailable.getMessage() + ".")
                : problemOf(fault);
    }

    /** What a client hears where its change is in the log, but who has applied it could not be asked; or the fault itself. */
    static Problem problemOfAwait(Throwable fault, JsonObject answer) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        if (!(cause instanceof UnavailableException unavailable)) {
            return problemOf(fault);
        }
        Problem problem = unavailable(
                unavailable,
                "The change is in the log, but whether the members have applied it cannot be told: "
                        + unavailable.getMessage() + ".");
        for (String name : answer.fieldNames()) {
            problem = problem.with(name, answer.getValue(name));
        }
        return problem.with("mayHaveBeenAppended", true);
    }

    private static Problem unavailable(UnavailableException unavailable, String detail) {
        return Problem.of(503, unavailable.reason().label(), detail)
                .with(
                        "retryAfterSeconds",
                        Math.max(1, unavailable.retryAfter().plusMillis(999).toSeconds()));
    }

    private static Problem problemOf(UnavailableException unavailable) {
        String appended = unavailable.mayHaveBeenAppended()
                ? "It may have been appended after all; repeating it is harmless."
                : unavailable.reason() == UnavailableException.Reason.NOT_COUNTED
                        ? "It was not appended; repeat it, or with ?force=true."
                        : "It was not appended; repeat it.";
        return unavailable(unavailable, "The change is not confirmed: " + unavailable.getMessage() + ". " + appended)
                .with("mayHaveBeenAppended", unavailable.mayHaveBeenAppended());
    }

    /** What is answered where memory for requests has run out. */
    static Problem tooMuchUnderWay() {
        return problemOf(new UnavailableException(
                UnavailableException.Reason.QUEUE_FULL,
                "too many bytes of requests are under way (queue.maximum-bytes)",
                false,
                Duration.ofSeconds(1)));
    }

    /** What is answered where members lag behind; what was answered otherwise stands in it too. */
    static Problem notApplied(AwaitResult result, JsonObject answer) {
        JsonArray lagging = new JsonArray();
        result.lagging().stream().limit(MAX_LAGGING_NAMED).forEach(lagging::add);
        Problem problem = Problem.of(
                504,
                "not-applied",
                "The change is in the log, but " + result.lagging().size() + " of " + result.members()
                        + " members have not applied it in time.");
        for (String name : answer.fieldNames()) {
            problem = problem.with(name, answer.getValue(name));
        }
        return problem.with("members", result.members())
                .with("applied", result.applied())
                .with("lagging", lagging);
    }
}

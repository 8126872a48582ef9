package dev.freshet.publisher.http;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.service.config.Units;
import dev.freshet.service.http.Problem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says which problem answers which fault. */
final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final int MAX_LAGGING_NAMED = 100;

    private Problems() {}

    /** Returns the answer where a change could not be published. Logs a fault that is not expected. */
    static Problem of(Throwable fault) {
        Throwable cause = causeOf(fault);
        if (cause instanceof ProblemException expected) {
            return expected.problem();
        }
        if (cause instanceof UnavailableException unavailable) {
            return unavailable.reason() == UnavailableException.Reason.TOO_MANY_REGIONS
                    ? tooManyRegions(unavailable)
                    : notConfirmed(unavailable);
        }
        if (cause instanceof TooBroadException tooBroad) {
            return tooBroad(tooBroad);
        }
        log.error("a request failed unexpectedly", fault);
        return Problem.internal();
    }

    /** Returns the answer where nothing was to be published, and Redis or the members could not be asked. */
    static Problem ofQuestion(Throwable fault) {
        return causeOf(fault) instanceof UnavailableException unavailable
                ? unavailable(
                        unavailable, "The answer is unknown: " + unavailable.getMessage() + ". Repeat the request.")
                : of(fault);
    }

    /**
     * Returns the answer where a change is in the log, but who has applied it could not be asked.
     *
     * @param answer what the client hears without {@code await=applied}; the problem holds it too
     */
    static Problem ofAwait(Throwable fault, JsonObject answer) {
        if (!(causeOf(fault) instanceof UnavailableException unavailable)) {
            return of(fault);
        }
        Problem problem = unavailable(
                unavailable,
                "The change is in the log, but whether the members have applied it is unknown: "
                        + unavailable.getMessage() + ".");
        return with(problem, answer).with("mayHaveBeenAppended", true);
    }

    /**
     * Returns the answer where a change is in the log, but some members have not applied it in time.
     *
     * @param answer what the client hears without {@code await=applied}; the problem holds it too
     */
    static Problem notApplied(AwaitResult result, Duration timeout, JsonObject answer) {
        JsonArray lagging = new JsonArray();
        result.lagging().stream().limit(MAX_LAGGING_NAMED).forEach(lagging::add);
        Problem problem = Problem.of(
                504,
                "not-applied",
                "The change is in the log, but " + result.lagging().size() + " of " + result.members()
                        + " members have not applied it within " + Units.format(timeout) + ". Do not repeat it.");
        return with(problem, answer)
                .with("members", result.members())
                .with("applied", result.applied())
                .with("lagging", lagging);
    }

    /** Returns the answer where the requests in flight leave no memory for this one. */
    static Problem noRequestMemory(long maximumBytes) {
        return notConfirmed(new UnavailableException(
                UnavailableException.Reason.QUEUE_FULL,
                "the requests in flight hold nearly all of the " + maximumBytes
                        + " bytes that they may hold (queue.maximum-bytes)",
                false,
                Duration.ofSeconds(1)));
    }

    static Problem bodyTooLarge(int maximumBytes) {
        return Problem.of(
                413,
                "too-large",
                "The body has more than " + maximumBytes
                        + " bytes (http.maximum-body). Send several objects, or a stream of" + " them as "
                        + BodyFormat.LINES.mediaType() + ".");
    }

    static Problem lineTooLong(int maximumBytes) {
        return Problem.of(
                413,
                "too-large",
                "The line has more than " + maximumBytes + " bytes (http.maximum-line). Send several shorter lines.");
    }

    private static Problem notConfirmed(UnavailableException unavailable) {
        String next = unavailable.mayHaveBeenAppended()
                ? "It may be in the log all the same. Repeat it; repeating is harmless."
                : unavailable.reason() == UnavailableException.Reason.NOT_COUNTED
                        ? "It was not appended. Repeat it, or force it with ?force=true."
                        : "It was not appended. Repeat it.";
        return unavailable(unavailable, "The change is not confirmed: " + unavailable.getMessage() + ". " + next)
                .with("mayHaveBeenAppended", unavailable.mayHaveBeenAppended());
    }

    private static Problem unavailable(UnavailableException unavailable, String detail) {
        return Problem.of(503, unavailable.reason().label(), detail).withRetryAfter(unavailable.retryAfter());
    }

    private static Problem tooManyRegions(UnavailableException refusal) {
        return Problem.of(409, refusal.reason().label(), "The change is not published: " + refusal.getMessage() + ".");
    }

    private static Problem tooBroad(TooBroadException tooBroad) {
        return Problem.of(
                        409,
                        "too-broad",
                        "The change is not published: " + tooBroad.getMessage()
                                + " (broad.maximum-entries). Name less, or force it with ?force=true.")
                .with("region", tooBroad.region())
                .with("entries", tooBroad.entries())
                .with("members", tooBroad.members())
                .with("maximumEntries", tooBroad.maximumEntries());
    }

    private static Problem with(Problem problem, JsonObject answer) {
        Problem both = problem;
        for (String name : answer.fieldNames()) {
            both = both.with(name, answer.getValue(name));
        }
        return both;
    }

    private static Throwable causeOf(Throwable fault) {
        Throwable cause = fault;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}

package dev.freshet.demo.app;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.time.Instant;

/**
 * Sends invalidations to the publisher. Retries until the publisher acknowledges: a committed change without an invalidation
 * leaves stale entries in caches. Sending one twice is harmless.
 */
public final class Invalidations {

    private static final long TIMEOUT_MILLIS = 2_000;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final Vertx vertx;
    private final WebClient client;
    private final String uri;
    private final String region;
    private final long giveUpMillis;

    /**
     * @param giveUpMillis how long to retry before the returned future fails
     */
    public Invalidations(Vertx vertx, WebClient client, String publisherUri, String region, long giveUpMillis) {
        this.vertx = vertx;
        this.client = client;
        this.uri = publisherUri + "/v1/invalidations";
        this.region = region;
        this.giveUpMillis = giveUpMillis;
    }

    /** Invalidates one key. Completes with the position in the region's log. */
    public Future<String> key(String key, Instant changedAt) {
        return send("keys", key, changedAt);
    }

    /** Invalidates all entries with a tag. Completes with the position in the region's log. */
    public Future<String> tag(String tag, Instant changedAt) {
        return send("tags", tag, changedAt);
    }

    private Future<String> send(String selector, String name, Instant changedAt) {
        JsonObject body = new JsonObject()
                .put("region", region)
                .put(selector, new JsonArray().add(name))
                .put("changedAt", changedAt.toString());
        Promise<String> done = Promise.promise();
        attempt(body, FIRST_PAUSE_MILLIS, System.nanoTime() + giveUpMillis * 1_000_000, done);
        return done.future();
    }

    private void attempt(JsonObject body, long pauseMillis, long deadlineNanos, Promise<String> done) {
        client.postAbs(uri).timeout(TIMEOUT_MILLIS).sendJsonObject(body).onComplete(answer -> {
            String why = answer.succeeded()
                    ? "the publisher answered " + answer.result().statusCode()
                    : "the publisher did not answer: " + answer.cause().getMessage();
            if (answer.succeeded() && answer.result().statusCode() == 200) {
                done.complete(position(answer.result()));
            } else if (answer.succeeded() && answer.result().statusCode() < 500) {
                // A retry of a wrong request cannot succeed.
                done.fail(why + " " + answer.result().bodyAsString());
            } else if (System.nanoTime() - deadlineNanos >= 0) {
                done.fail(why);
            } else {
                vertx.setTimer(
                        pauseMillis,
                        timer -> attempt(body, Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS), deadlineNanos, done));
            }
        });
    }

    private String position(HttpResponse<?> answer) {
        return answer.bodyAsJsonObject().getJsonObject("positions").getString(region);
    }
}

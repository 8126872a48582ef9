package dev.freshet.publisher.http;

import io.vertx.core.json.JsonObject;

/**
 * What a request has brought into the log.
 *
 * @param positions of the regions it published to
 * @param invalidations how many JSON objects it published
 */
record Appended(Positions positions, long invalidations) {

    JsonObject toJson() {
        return new JsonObject().put("positions", positions.toJson()).put("invalidations", invalidations);
    }
}

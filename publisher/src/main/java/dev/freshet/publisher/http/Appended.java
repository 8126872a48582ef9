package dev.freshet.publisher.http;

import dev.freshet.bus.Receipt;
import io.vertx.core.json.JsonObject;

/**
 * What a request has appended.
 *
 * @param positions the last position of each region that it published to
 * @param invalidations how many JSON objects it published
 */
record Appended(Positions positions, long invalidations) {

    /** Returns what a request with one change has appended. */
    static Appended of(Receipt receipt) {
        Positions positions = new Positions();
        positions.add(receipt);
        return new Appended(positions, 1);
    }

    JsonObject toJson() {
        return new JsonObject().put("positions", positions.toJson()).put("invalidations", invalidations);
    }
}

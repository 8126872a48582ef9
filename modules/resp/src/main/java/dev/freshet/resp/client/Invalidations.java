package dev.freshet.resp.client;

import dev.freshet.schema.Selector;
import io.vertx.core.Future;

/** Appends invalidations to the logs of regions, for clients that ask for it. Safe to use from any thread; never blocks. */
public interface Invalidations {

    /**
     * Appends one, and evicts in this process what it selects.
     *
     * @return completes with the position in the region's log; fails with an exception whose message says why it was not appended
     */
    Future<String> append(String region, Selector selector);
}

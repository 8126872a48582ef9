package dev.freshet.publisher.http;

import dev.freshet.bus.Receipt;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The last position of each region that a request published to. Not thread-safe. */
final class Positions {

    private final Map<String, Receipt> lastByRegion = new TreeMap<>();

    /** Adds a receipt. Within an epoch the later position stays; a new epoch replaces the old one. */
    void add(Receipt receipt) {
        lastByRegion.merge(receipt.region(), receipt, Positions::later);
    }

    private static Receipt later(Receipt former, Receipt latter) {
        boolean sameEpoch = former.position().epoch() == latter.position().epoch();
        return sameEpoch && former.position().sequence() > latter.position().sequence() ? former : latter;
    }

    Collection<Receipt> receipts() {
        return lastByRegion.values();
    }

    Collection<String> regions() {
        return lastByRegion.keySet();
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        lastByRegion.forEach(
                (region, receipt) -> json.put(region, receipt.position().toString()));
        return json;
    }
}

package dev.freshet.subscriber.http;

import dev.freshet.schema.Syntax;
import dev.freshet.service.http.ApiDocument;
import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.Problem;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Routes requests by their path as it arrived. A router would normalise the path and change keys that hold {@code ..} or {@code
 * %2F}. Every hit passes here, which costs two comparisons.
 */
final class RegionsHandler implements Handler<HttpServerRequest> {

    /** If the client of a refused request sends more than this, its connection is closed. */
    private static final long MAX_DRAINED_BYTES = 16L << 20;

    private static final String REGIONS = "/v1/regions";
    private static final String ENTRIES = "/entries/";
    private static final String BATCH_GET = "/entries:batchGet";
    private static final String RELEASE = "/entries:release";

    private final Doorkeeper doorkeeper;
    private final Regions regions;
    private final EntryHandler entries;
    private final BatchHandler batches;
    private final ApiDocument api = ApiDocument.beside(RegionsHandler.class);

    RegionsHandler(Doorkeeper doorkeeper, Regions regions, EntryHandler entries, BatchHandler batches) {
        this.doorkeeper = doorkeeper;
        this.regions = regions;
        this.entries = entries;
        this.batches = batches;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = request.path();
        if (path != null && !path.startsWith(REGIONS) && api.has(path)) { // What the port can do is no secret.
            api.answer(request);
            return;
        }
        Caller caller = doorkeeper.admit(request);
        if (caller != null) {
            // CONNECT and some malformed targets have no path.
            route(request, path == null ? "" : path, caller);
        }
    }

    private void route(HttpServerRequest request, String path, Caller caller) {
        if (!path.startsWith(REGIONS)) {
            Problem.noSuchPath().send(request.response());
            return;
        }
        if (path.length() == REGIONS.length()) {
            answer(request, () -> RegionReport.ofAll(regions, caller));
            return;
        }
        int regionStart = REGIONS.length() + 1;
        int regionEnd = path.indexOf('/', regionStart);
        boolean isEntry = regionEnd > 0 && path.startsWith(ENTRIES, regionEnd);
        String action = regionEnd > 0 && !isEntry ? action(path.substring(regionEnd)) : "";
        if (path.charAt(REGIONS.length()) != '/' || action == null) {
            Problem.noSuchPath().send(request.response());
            return;
        }
        String name = regionEnd < 0 ? path.substring(regionStart) : path.substring(regionStart, regionEnd);
        Problem refusal = caller.refusal(isEntry ? rightFor(request.method()) : Right.READ, name);
        if (refusal != null) {
            refusal.send(request.response());
            BodyDrain.discard(request, MAX_DRAINED_BYTES);
            return;
        }
        ServedRegion region = regions.find(name);
        if (region == null) {
            unknownRegion(name, caller).send(request.response());
        } else if (isEntry) {
            routeEntry(request, region, path.substring(regionEnd + ENTRIES.length()));
        } else if (!action.isEmpty()) {
            routeAction(request, region, action);
        } else {
            answer(request, () -> RegionReport.of(region));
        }
    }

    private static Right rightFor(HttpMethod method) {
        return method.equals(HttpMethod.PUT) || method.equals(HttpMethod.DELETE) ? Right.WRITE : Right.READ;
    }

    /** Returns what is to be done with several entries; null if there is no such path. Libraries may encode the colon. */
    private static @Nullable String action(String rest) {
        String path = rest.replace("%3A", ":").replace("%3a", ":");
        return path.equals(BATCH_GET) || path.equals(RELEASE) ? path : null;
    }

    private void routeAction(HttpServerRequest request, ServedRegion region, String action) {
        if (!request.method().equals(HttpMethod.POST)) {
            Problem.sendMethodNotAllowed(request, "POST");
            return;
        }
        Faults faults = new Faults();
        if (request.uri().indexOf('?') >= 0) {
            faults.add("query", "must not be given");
        }
        if (action.equals(BATCH_GET)) {
            batches.read(request, region, faults);
        } else {
            batches.release(request, region, faults);
        }
    }

    private void routeEntry(HttpServerRequest request, ServedRegion region, String rawKey) {
        Faults faults = new Faults();
        String key = parseKey(request, rawKey, faults);
        switch (request.method().name()) {
            case "GET", "HEAD" -> entries.read(request, region, key, faults);
            case "PUT" -> {
                if (region.settings().isFilledByResp()) {
                    filledByResp().send(request.response());
                    BodyDrain.discard(request, MAX_DRAINED_BYTES);
                } else {
                    entries.store(request, region, key, faults);
                }
            }
            case "DELETE" -> entries.evict(request, region, key, faults);
            default -> Problem.sendMethodNotAllowed(request, "GET, HEAD, PUT, DELETE");
        }
    }

    private static Problem filledByResp() {
        return Problem.of(
                409,
                "filled-by-resp",
                "The region's entries are copies of keys in Redis (resp.rules). Write the key to Redis instead.");
    }

    /** Returns the key, or an empty text after adding a fault. */
    private static String parseKey(HttpServerRequest request, String rawKey, Faults faults) {
        if (request.uri().indexOf('?') >= 0) {
            // Ignoring the query would cut off a key that holds a question mark, and serve the entry of another key.
            faults.add("key", "must have \"?\" written as %3F; entries take no query");
        }
        if (rawKey.indexOf('/') >= 0) {
            faults.add("key", "must be one segment of the path, with \"/\" written as %2F");
            return "";
        }
        String key = PathSegment.decode(rawKey, "key", faults);
        if (key == null) {
            return "";
        }
        Syntax.faultInName(key).ifPresent(fault -> faults.add("key", fault));
        return key;
    }

    private static void answer(HttpServerRequest request, Supplier<JsonObject> json) {
        switch (request.method().name()) {
            case "GET", "HEAD" -> Answer.json(request, json.get());
            default -> Problem.sendMethodNotAllowed(request, "GET, HEAD");
        }
    }

    private Problem unknownRegion(String name, Caller caller) {
        List<String> known = regions.names().stream()
                .filter(region -> caller.may(Right.READ, region))
                .toList();
        String shown = name.length() <= 64 ? name : name.substring(0, 64) + "…";
        return Problem.of(
                        404,
                        "unknown-region",
                        "There is no region \"" + shown + "\" here. The regions are: " + String.join(", ", known) + ".")
                .with("region", shown)
                .with("regions", known);
    }
}

package dev.freshet.demo.app;

import dev.freshet.demo.app.SidecarCache.Away;
import dev.freshet.demo.app.SidecarCache.Claim;
import dev.freshet.demo.app.SidecarCache.Hit;
import dev.freshet.demo.app.SidecarCache.Lookup;
import dev.freshet.demo.app.SidecarCache.Miss;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP routes for users. Reads go through the cache. Writes are write-aside: they commit to the database, then send the
 * invalidation to the publisher, and answer only after both. With {@code ?write=through} they cache the new value too.
 *
 * <p>{@code Cache-Status} (RFC 9211) says whether an answer was a hit.
 */
public final class UserRoutes {

    private static final Logger log = LoggerFactory.getLogger(UserRoutes.class);

    private static final long MAX_BODY_BYTES = 4_096;
    private static final int MAX_NAME_CHARS = 200;

    private final WorkerExecutor databaseThreads;
    private final UserStore users;
    private final SidecarCache cache;
    private final Invalidations invalidations;

    public UserRoutes(
            WorkerExecutor databaseThreads, UserStore users, SidecarCache cache, Invalidations invalidations) {
        this.databaseThreads = databaseThreads;
        this.users = users;
        this.cache = cache;
        this.invalidations = invalidations;
    }

    /** Returns the routes. */
    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.put().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        router.get("/health").handler(context -> context.response().end("ok\n"));
        router.getWithRegex("/users/(?<id>[0-9]{1,18})").handler(this::getUser);
        router.putWithRegex("/users/(?<id>[0-9]{1,18})").handler(this::putUser);
        router.putWithRegex("/teams/(?<team>[0-9]{1,9})").handler(this::putTeam);
        return router;
    }

    private void getUser(RoutingContext context) {
        long id = Long.parseLong(context.pathParam("id"));
        String minPosition = context.request().getHeader("Min-Position");
        cache.find(User.cacheKey(id), minPosition)
                .compose(found -> answer(context, id, found))
                .onFailure(e -> fail(context, e));
    }

    private Future<Void> answer(RoutingContext context, long id, Lookup found) {
        if (found instanceof Hit hit) {
            return send(context, hit.body(), "hit", hit.claim());
        }
        return inDatabase(() -> users.find(id)).compose(user -> {
            if (user.isEmpty()) {
                return sendProblem(context, 404, "there is no user " + id);
            }
            Buffer body = user.get().toJson().toBuffer();
            if (found instanceof Miss miss && miss.lease() != null) {
                return cache.store(User.cacheKey(id), miss.lease(), user.get().cacheTag(), body)
                        .compose(kept -> send(context, body, kept ? "fwd=miss; stored" : "fwd=miss", miss.claim()));
            }
            String detail = found instanceof Away away ? "; detail=\"" + quotable(away.why()) + '"' : "";
            Claim claim = found instanceof Miss miss ? miss.claim() : null;
            return send(context, body, "fwd=bypass" + detail, claim);
        });
    }

    private void putUser(RoutingContext context) {
        long id = Long.parseLong(context.pathParam("id"));
        String name = newName(context);
        if (name == null) {
            return;
        }
        inDatabase(() -> {
                    Optional<User> user = users.rename(id, name);
                    // Taken right after the commit. Taken earlier, the wait for the file would count as staleness.
                    return new Committed<>(user, Instant.now());
                })
                .compose(done -> {
                    if (done.value().isEmpty()) {
                        return sendProblem(context, 404, "there is no user " + id);
                    }
                    User user = done.value().get();
                    boolean isThrough = "through".equals(context.request().getParam("write"));
                    return invalidations
                            .key(user.cacheKey(), done.at())
                            .compose(position -> isThrough
                                    ? cache(id, position)
                                            .compose(kept -> sendWritten(
                                                    context, user.toJson().put("cached", kept), position))
                                    : sendWritten(context, user.toJson(), position));
                })
                .onFailure(e -> fail(context, e));
    }

    /**
     * Caches the new value of a write-through. It reads the row again, under a lease that is younger than the invalidation.
     * Otherwise, of two writers, the one that committed first could store its old value last.
     */
    private Future<Boolean> cache(long id, String position) {
        return cache.find(User.cacheKey(id), position).compose(found -> {
            String lease = found instanceof Miss miss ? miss.lease() : null;
            if (lease == null) {
                // Another reader has loaded it in between, or the cache is unavailable.
                return Future.succeededFuture(found instanceof Hit);
            }
            return inDatabase(() -> users.find(id))
                    .compose(user -> user.isEmpty()
                            ? Future.succeededFuture(false)
                            : cache.store(
                                    User.cacheKey(id),
                                    lease,
                                    user.get().cacheTag(),
                                    user.get().toJson().toBuffer()));
        });
    }

    private void putTeam(RoutingContext context) {
        int team = Integer.parseInt(context.pathParam("team"));
        String name = newName(context);
        if (name == null) {
            return;
        }
        inDatabase(() -> {
                    List<User> renamed = users.renameTeam(team, name);
                    return new Committed<>(renamed, Instant.now());
                })
                .compose(done -> {
                    if (done.value().isEmpty()) {
                        return sendProblem(context, 404, "team " + team + " has no users");
                    }
                    JsonObject versions = new JsonObject();
                    done.value().forEach(user -> versions.put(Long.toString(user.id()), user.version()));
                    return invalidations
                            .tag(User.cacheTag(team), done.at())
                            .compose(position ->
                                    sendWritten(context, new JsonObject().put("versions", versions), position));
                })
                .onFailure(e -> fail(context, e));
    }

    private record Committed<T>(T value, Instant at) {}

    private static @Nullable String newName(RoutingContext context) {
        String name = null;
        try {
            JsonObject body = context.body().asJsonObject();
            name = body == null ? null : body.getString("name");
        } catch (DecodeException | ClassCastException e) {
            log.debug("refused a body", e);
        }
        if (name == null || name.isEmpty() || name.length() > MAX_NAME_CHARS) {
            var unused = sendProblem(context, 400, "the body must be {\"name\": \"…\"}, 1 to 200 characters");
            return null;
        }
        return name;
    }

    private <T> Future<T> inDatabase(Callable<T> query) {
        return databaseThreads.executeBlocking(query, false);
    }

    private static Future<Void> sendWritten(RoutingContext context, JsonObject body, String position) {
        // A reader that sends this back as Min-Position never gets a value from before this write.
        context.response().putHeader("Freshet-Position", position);
        return context.response()
                .putHeader("Content-Type", "application/json")
                .end(body.put("position", position).toBuffer());
    }

    private static Future<Void> send(RoutingContext context, Buffer body, String status, @Nullable Claim claim) {
        HttpServerResponse response = context.response()
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Status", "freshet; " + status);
        if (claim != null && claim.state() != null) {
            response.putHeader("Freshet-State", claim.state());
        }
        if (claim != null && claim.confirmedAge() != null) {
            response.putHeader("Freshet-Confirmed-Age", claim.confirmedAge());
        }
        return response.end(body);
    }

    private static Future<Void> sendProblem(RoutingContext context, int status, String detail) {
        return context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/problem+json")
                .end(new JsonObject()
                        .put("status", status)
                        .put("detail", detail)
                        .toBuffer());
    }

    private static void fail(RoutingContext context, Throwable why) {
        if (context.response().ended()) {
            return;
        }
        log.warn(
                "{} {} failed: {}",
                context.request().method(),
                context.request().path(),
                why.toString());
        if (!context.response().headWritten()) {
            var unused = sendProblem(
                    context,
                    503,
                    "the request failed, repeat it; a write may be committed but not invalidated: " + why.getMessage());
        }
    }

    private static String quotable(String text) {
        String shown = text.length() <= 100 ? text : text.substring(0, 100);
        return shown.replaceAll("[^ !#-\\[\\]-~]", "?");
    }
}

package dev.freshet.demo.app;

import dev.freshet.cache.WriteResult;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP routes for mottos, which this process caches itself. {@code ?write=aside} chooses write-aside. */
public final class MottoRoutes {

    private static final Logger log = LoggerFactory.getLogger(MottoRoutes.class);
    private static final long MAX_BODY_BYTES = 4_096;

    private final WorkerExecutor databaseThreads;
    private final Mottos mottos;

    public MottoRoutes(WorkerExecutor databaseThreads, Mottos mottos) {
        this.databaseThreads = databaseThreads;
        this.mottos = mottos;
    }

    /** Returns the routes. */
    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.put().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        router.getWithRegex("/mottos/(?<team>[0-9]{1,9})").handler(this::get);
        router.putWithRegex("/mottos/(?<team>[0-9]{1,9})").handler(this::put);
        return router;
    }

    private void get(RoutingContext context) {
        int team = Integer.parseInt(context.pathParam("team"));
        databaseThreads
                .executeBlocking(() -> mottos.find(team), false)
                .onSuccess(found -> {
                    context.response().putHeader("Cache-Status", "freshet; " + (found.isLoaded() ? "fwd=miss" : "hit"));
                    send(context, found.motto() == null ? 404 : 200, new JsonObject().put("motto", found.motto()));
                })
                .onFailure(e -> fail(context, e));
    }

    private void put(RoutingContext context) {
        int team = Integer.parseInt(context.pathParam("team"));
        String motto = motto(context);
        if (motto == null || motto.isEmpty()) {
            send(context, 400, new JsonObject().put("detail", "the body must be {\"motto\": \"…\"}"));
            return;
        }
        boolean isAside = "aside".equals(context.request().getParam("write"));
        databaseThreads
                .executeBlocking(() -> isAside ? aside(team, motto) : through(team, motto), false)
                .onSuccess(answer -> send(context, 200, answer))
                .onFailure(e -> fail(context, e));
    }

    private JsonObject aside(int team, String motto) throws Exception {
        mottos.writeAside(team, motto);
        return new JsonObject().put("motto", motto);
    }

    private JsonObject through(int team, String motto) throws Exception {
        WriteResult written = mottos.writeThrough(team, motto);
        if (!written.isPublished()) {
            throw new IllegalStateException(
                    "the motto is saved, but the other replicas were not told", written.fault());
        }
        return new JsonObject().put("motto", motto).put("cached", written.isStored());
    }

    private static @Nullable String motto(RoutingContext context) {
        try {
            JsonObject body = context.body().asJsonObject();
            return body == null ? null : body.getString("motto");
        } catch (DecodeException | ClassCastException e) {
            log.debug("refused a body", e);
            return null;
        }
    }

    private static void send(RoutingContext context, int status, JsonObject body) {
        var unused = context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body.toBuffer());
    }

    private static void fail(RoutingContext context, Throwable why) {
        log.warn(
                "{} {} failed: {}",
                context.request().method(),
                context.request().path(),
                why.toString());
        send(context, 503, new JsonObject().put("detail", "the request failed, repeat it: " + why.getMessage()));
    }
}

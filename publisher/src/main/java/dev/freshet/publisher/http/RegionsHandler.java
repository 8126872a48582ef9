package dev.freshet.publisher.http;

import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionView;
import dev.freshet.schema.Position;
import dev.freshet.schema.Syntax;
import dev.freshet.service.http.Problem;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET /v1/regions} and {@code GET /v1/regions/{region}}: head, members and their lag. */
public final class RegionsHandler {

    /** Each region of an answer is one question to Redis. The answer says how many regions it omits. */
    private static final int MAX_REGIONS = 1000;

    private final Publisher publisher;
    private final List<String> configured;

    /**
     * @param configured the only regions that the publisher takes; empty: any
     */
    public RegionsHandler(Publisher publisher, List<String> configured) {
        this.publisher = publisher;
        this.configured = configured;
    }

    /** Answers with the regions that the caller may see. */
    void list(HttpServerRequest request, Caller caller) {
        Context context = Vertx.currentContext();
        Future.fromCompletionStage(publisher.regions(), context)
                .compose(names -> views(names, caller, context))
                .onSuccess(answer -> Responses.send(request.response(), answer))
                .onFailure(fault -> Responses.send(request.response(), Problems.ofQuestion(fault)));
    }

    void one(HttpServerRequest request, String rawRegion, Caller caller) {
        String region;
        try {
            region = URLDecoder.decode(rawRegion, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            Responses.send(request.response(), Problem.invalid("region", "must be percent-encoded UTF-8"));
            return;
        }
        Optional<String> fault = Syntax.faultInRegion(region);
        if (fault.isPresent()) {
            Responses.send(request.response(), Problem.invalid("region", fault.get()));
            return;
        }
        Problem refusal = caller.refusal(Right.READ, region);
        if (refusal != null) {
            Responses.send(request.response(), refusal);
        } else if (!configured.isEmpty() && !configured.contains(region)) {
            Responses.send(
                    request.response(),
                    Problem.of(
                            404,
                            "no-such-region",
                            "There is no region \"" + region + "\" here. The regions are: "
                                    + String.join(", ", configured) + "."));
        } else {
            Future.fromCompletionStage(publisher.region(region), Vertx.currentContext())
                    .onSuccess(view -> Responses.send(request.response(), toJson(view, caller)))
                    .onFailure(failure -> Responses.send(request.response(), Problems.ofQuestion(failure)));
        }
    }

    private Future<JsonObject> views(List<String> used, Caller caller, Context context) {
        TreeSet<String> names = new TreeSet<>(used);
        if (!configured.isEmpty()) {
            names.retainAll(configured);
            names.addAll(configured);
        }
        names.removeIf(name -> !caller.may(Right.READ, name));
        List<Future<RegionView>> views = names.stream()
                .limit(MAX_REGIONS)
                .map(name -> Future.fromCompletionStage(publisher.region(name), context))
                .toList();
        return Future.all(views).map(all -> {
            JsonArray regions = new JsonArray();
            views.forEach(view -> regions.add(toJson(view.result(), caller)));
            JsonObject answer = new JsonObject().put("regions", regions);
            return names.size() > MAX_REGIONS ? answer.put("omitted", names.size() - MAX_REGIONS) : answer;
        });
    }

    private JsonObject toJson(RegionView view, Caller caller) {
        JsonObject json = new JsonObject()
                .put("region", view.region())
                .put("head", textOf(view.head()))
                .put("logRecords", view.logRecords())
                .put("members", view.members().size());
        if (caller.may(Right.MEMBERS, view.region())) {
            JsonArray subscribers = new JsonArray();
            view.members().forEach(member -> subscribers.add(toJson(member, view.head())));
            json.put("subscribers", subscribers);
        }
        return json;
    }

    private JsonObject toJson(Member member, @Nullable Position head) {
        JsonObject json = new JsonObject()
                .put("name", member.name())
                .put("id", member.id())
                .put("position", textOf(member.position()));
        long lag = head == null ? 0 : member.lagRecords(head);
        if (lag < 0) {
            json.putNull("lagRecords"); // The member stands in another epoch: it joins, or soon will.
        } else {
            json.put("lagRecords", lag);
        }
        if (member.confirmedAtMicros() == 0) {
            json.putNull("confirmedAgeSeconds");
        } else {
            long ageMicros = Math.max(0, publisher.time().nowMicros() - member.confirmedAtMicros());
            json.put("confirmedAgeSeconds", ageMicros / 1e6);
        }
        return json;
    }

    private static @Nullable String textOf(@Nullable Position position) {
        return position == null ? null : position.toString();
    }
}

package dev.freshet.publisher.http;

import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.Publisher;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.metrics.PublisherMetrics;
import dev.freshet.service.Problem;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Takes changes in: {@code POST /v1/invalidations}. Runs on event loops; never blocks. */
public final class InvalidationsHandler implements Handler<RoutingContext> {

    static final String JSON = "application/json";
    static final String NDJSON = "application/x-ndjson";

    private final Publisher publisher;
    private final PublisherSettings settings;
    private final ChangeParser parser;
    private final HttpLimits limits;
    private final RegionMembers members;
    private final PublisherMetrics metrics;

    public InvalidationsHandler(
            Publisher publisher,
            PublisherSettings settings,
            HttpLimits limits,
            RegionMembers members,
            PublisherMetrics metrics) {
        this.publisher = publisher;
        this.settings = settings;
        this.parser = new ChangeParser(
                new LinkedHashSet<>(settings.regions()), settings.bus().queueMaximumInvalidations());
        this.limits = limits;
        this.members = members;
        this.metrics = metrics;
    }

    @Override
    public void handle(RoutingContext routing) {
        RequestMemory.Share share = limits.memory().open();
        accept(routing.request(), share, routing.vertx().getOrCreateContext())
                .onComplete(done -> share.releaseAll())
                .onSuccess(answer -> Responses.send(routing.response(), answer))
                .onFailure(fault -> {
                    if (routing.response().closed()) {
                        return; // The client is gone; there is nobody to tell.
                    }
                    Problem problem = Responses.problemOf(fault);
                    metrics.refused(problem);
                    Responses.send(routing.response(), problem);
                    BodyDrain.discard(routing.request());
                });
    }

    /** Accept; batch, encode and append, which the bus does; answer. */
    private Future<JsonObject> accept(HttpServerRequest request, RequestMemory.Share share, Context context) {
        InvalidationsQuery query = InvalidationsQuery.parse(request.params(), settings);
        String contentType = contentTypeOf(request);
        if (contentType == null) {
            return Future.failedFuture(new ProblemException(unsupportedType()));
        }
        if (!query.faults().isEmpty()) {
            return Future.failedFuture(new ProblemException(Problem.invalid(query.faults())));
        }
        if (contentType.equals(NDJSON)) {
            return new NdjsonIntake(request, parser, publisher, settings, query, share, context)
                    .start()
                    .compose(appended -> answer(appended, query, context));
        }
        return ObjectBody.read(request, settings.http().maximumBodyBytes(), share)
                .map(body -> validate(parser.parse(body, 0, body.length, query.await(), query.force())))
                .compose(valid -> query.dryRun()
                        ? dryRun(valid, query, context)
                        : append(valid, context).compose(appended -> answer(appended, query, context)));
    }

    private static ChangeParser.Valid validate(ChangeParser.Parsed parsed) {
        if (parsed instanceof ChangeParser.Valid valid) {
            return valid;
        }
        throw new ProblemException(Problem.invalid(((ChangeParser.Invalid) parsed).faults()));
    }

    private Future<Appended> append(ChangeParser.Valid valid, Context context) {
        return Future.fromCompletionStage(publisher.publish(valid.region(), valid.change()), context)
                .map(receipt -> {
                    Positions positions = new Positions();
                    positions.add(receipt);
                    return new Appended(positions, 1);
                });
    }

    private Future<JsonObject> answer(Appended appended, InvalidationsQuery query, Context context) {
        JsonObject answer = appended.toJson();
        Positions positions = appended.positions();
        if (!query.await() || positions.regions().isEmpty()) {
            return members.addTo(answer, positions.regions(), context);
        }
        return Future.fromCompletionStage(publisher.awaitApplied(positions.receipts(), query.timeout()), context)
                .recover(fault -> Future.failedFuture(new ProblemException(Responses.problemOfAwait(fault, answer))))
                .map(result -> {
                    if (!result.isComplete()) {
                        throw new ProblemException(Responses.notApplied(result, answer));
                    }
                    return answer.put("members", result.members()).put("applied", result.applied());
                });
    }

    private Future<JsonObject> dryRun(ChangeParser.Valid valid, InvalidationsQuery query, Context context) {
        return Future.fromCompletionStage(
                        publisher.dryRun(valid.region(), valid.change().selectors(), query.timeout()), context)
                .recover(fault -> Future.failedFuture(new ProblemException(Responses.problemOfQuestion(fault))))
                .map(result -> toJson(valid.region(), result));
    }

    private static JsonObject toJson(String region, DryRunResult result) {
        return new JsonObject()
                .put("dryRun", true)
                .put("region", region)
                .put("members", result.members())
                .put("answered", result.answered())
                .put("entries", result.entries())
                .put("silent", new JsonArray(result.silent()));
    }

    /** One of the two content types that are taken, or null. */
    private static @Nullable String contentTypeOf(HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (header == null || (encoding != null && !encoding.equalsIgnoreCase("identity"))) {
            return null;
        }
        String[] parts = header.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                return null;
            }
        }
        return switch (parts[0].strip()) {
            case JSON -> JSON;
            case NDJSON -> NDJSON;
            default -> null;
        };
    }

    private static Problem unsupportedType() {
        return Problem.of(
                415,
                "unsupported-type",
                "Send one object with Content-Type: " + JSON + ", or a stream of lines with Content-Type: " + NDJSON
                        + "; in UTF-8, without Content-Encoding.");
    }
}

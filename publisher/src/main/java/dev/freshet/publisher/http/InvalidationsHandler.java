package dev.freshet.publisher.http;

import dev.freshet.bus.Publisher;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.change.ParsedChange;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.metrics.HttpMetrics;
import dev.freshet.service.http.Problem;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.service.rights.Caller;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;

/**
 * Takes changes in, {@code POST /v1/invalidations}: accept, parse, publish, answer. The bus batches, encodes and appends what
 * is published. Runs on event loops and never blocks.
 */
public final class InvalidationsHandler {

    private final Publisher publisher;
    private final PublisherSettings settings;
    private final ChangeParser parser;
    private final HttpLimits limits;
    private final AppendedAnswer answer;
    private final HttpMetrics metrics;

    public InvalidationsHandler(
            Publisher publisher,
            PublisherSettings settings,
            HttpLimits limits,
            RegionMembers members,
            HttpMetrics metrics) {
        this.publisher = publisher;
        this.settings = settings;
        this.parser = new ChangeParser(
                new LinkedHashSet<>(settings.regions()), settings.bus().queueMaximumInvalidations());
        this.limits = limits;
        this.answer = new AppendedAnswer(publisher, members);
        this.metrics = metrics;
    }

    /** Answers a request. To be called while its head is handled. */
    public void handle(HttpServerRequest request, Caller caller) {
        RequestMemory.Share share = limits.memory().open();
        accept(request, caller, share, Vertx.currentContext())
                .onComplete(done -> share.close())
                .onSuccess(answered -> Responses.send(request.response(), answered))
                .onFailure(fault -> refuse(request, fault));
    }

    private Future<JsonObject> accept(
            HttpServerRequest request, Caller caller, RequestMemory.Share share, Context context) {
        try {
            BodyFormat format = BodyFormat.of(request);
            InvalidationsQuery query =
                    InvalidationsQuery.parse(parameters(request), settings).in(request.headers());
            NeededRights rights = new NeededRights(caller, query);
            return switch (format) {
                case LINES -> publishLines(request, query, rights, share, context);
                case OBJECT -> publishObject(request, query, rights, share, context);
            };
        } catch (RuntimeException refused) {
            return Future.failedFuture(refused);
        }
    }

    private static MultiMap parameters(HttpServerRequest request) {
        try {
            return request.params();
        } catch (IllegalArgumentException malformed) {
            throw new ProblemException(Problem.invalid("query", "must be percent-encoded UTF-8"));
        }
    }

    private Future<JsonObject> publishLines(
            HttpServerRequest request,
            InvalidationsQuery query,
            NeededRights rights,
            RequestMemory.Share share,
            Context context) {
        return new NdjsonIntake(request, parser, publisher, settings, query, rights, share, context)
                .start()
                .compose(appended -> answer.to(appended, query, context));
    }

    private Future<JsonObject> publishObject(
            HttpServerRequest request,
            InvalidationsQuery query,
            NeededRights rights,
            RequestMemory.Share share,
            Context context) {
        Future<ParsedChange.Valid> parsed = ObjectBody.read(
                        request, settings.http().maximumBodyBytes(), share)
                .map(body -> rights.require(parse(body, query)));
        if (query.dryRun()) {
            return parsed.compose(valid -> DryRun.of(valid, publisher, query.timeout(), context));
        }
        return parsed.compose(valid -> publish(valid, context))
                .compose(appended -> answer.to(appended, query, context));
    }

    private ParsedChange.Valid parse(byte[] body, InvalidationsQuery query) {
        ParsedChange parsed = parser.parse(body, 0, body.length, query.await(), query.force());
        if (parsed instanceof ParsedChange.Valid valid) {
            return valid.in(query.trace());
        }
        throw new ProblemException(Problem.invalid(((ParsedChange.Invalid) parsed).faults()));
    }

    private Future<Appended> publish(ParsedChange.Valid valid, Context context) {
        return Future.fromCompletionStage(publisher.publish(valid.region(), valid.change()), context)
                .map(Appended::of);
    }

    private void refuse(HttpServerRequest request, Throwable fault) {
        if (request.response().closed() || request.response().ended()) {
            return; // The client has disconnected, or the port has answered: the body was malformed, or too slow.
        }
        Problem problem = Problems.of(fault);
        metrics.refused(problem);
        Responses.refuse(request, problem);
    }
}

package dev.freshet.publisher.console;

import dev.freshet.bus.BusException;
import dev.freshet.bus.admin.FleetReader.Answer;
import dev.freshet.bus.admin.LogReader;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.change.ParsedChange;
import dev.freshet.publisher.http.Responses;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import dev.freshet.service.http.Problem;
import dev.freshet.service.log.Secrets;
import dev.freshet.service.port.CurrentRequest;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Answers what people ask: who holds this, what would a changed row invalidate, when was this record applied. Runs on event loops. */
final class AskHandler {

    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Questions questions;
    private final ShownNames names;
    private final RowExplanation rows;
    private final ChangeParser parser;
    private final long broadMaximumEntries;

    /**
     * @param broadMaximumEntries how many entries a broad change may evict; 0: any number
     */
    AskHandler(
            Questions questions, ShownNames names, RowExplanation rows, ChangeParser parser, long broadMaximumEntries) {
        this.questions = questions;
        this.names = names;
        this.rows = rows;
        this.parser = parser;
        this.broadMaximumEntries = broadMaximumEntries;
    }

    /** Answers who holds what a change names. */
    void ask(HttpServerRequest request, Caller caller) {
        read(request, (body, context) -> {
            byte[] bytes = body.getBytes();
            ParsedChange parsed = parser.parse(bytes, 0, bytes.length, false, false);
            if (parsed instanceof ParsedChange.Invalid invalid) {
                Responses.send(request.response(), Problem.invalid(invalid.faults()));
                return;
            }
            ParsedChange.Valid change = (ParsedChange.Valid) parsed;
            String region = change.region();
            Problem refusal = refusal(caller, region);
            if (refusal != null) {
                Responses.send(request.response(), refusal);
                return;
            }
            List<Selector> selectors = change.change().selectors();
            answer(request, context, questions.ask(region, null, selectors), answered -> {
                JsonArray members = new JsonArray();
                answered.answers().stream()
                        .sorted(Comparator.comparing(answer -> nameOf(answered, answer)))
                        .forEach(answer ->
                                members.add(ConsoleJson.held(region, nameOf(answered, answer), answer, names)));
                JsonArray asked = new JsonArray();
                selectors.forEach(selector -> asked.add(ConsoleJson.selector(region, selector, names)));
                return new JsonObject()
                        .put("region", region)
                        .put("asked", asked)
                        .put("members", members)
                        .put("silent", new JsonArray(answered.silent()))
                        .put("isBroad", selectors.stream().anyMatch(Selector::isBroad))
                        .put("broadMaximumEntries", broadMaximumEntries);
            });
        });
    }

    private static String nameOf(Questions.Answered answered, Answer answer) {
        return answered.asked().asked().getOrDefault(answer.memberId(), answer.memberId());
    }

    private static @Nullable Problem refusal(Caller caller, String region) {
        Problem refusal = caller.refusal(Right.READ, region);
        return refusal == null ? caller.refusal(Right.MEMBERS, region) : refusal;
    }

    /** Answers what the rules of the sources make of a changed row. */
    void explain(HttpServerRequest request, Caller caller) {
        read(request, (body, context) -> {
            try {
                Responses.send(request.response(), rows.explain(new JsonObject(body), caller, names));
            } catch (DecodeException e) {
                Responses.send(request.response(), Problem.invalid("body", "must be a JSON object"));
            } catch (RowExplanation.WrongException e) {
                Responses.send(request.response(), Problem.invalid(e.field(), String.valueOf(e.getMessage())));
            }
        });
    }

    /** Answers when each member applied a record. */
    void record(HttpServerRequest request, Caller caller) {
        String region = Objects.requireNonNullElse(ConsoleServer.parameter(request, "region"), "");
        Position position;
        try {
            Syntax.requireRegion(region);
            position = Position.parse(Objects.requireNonNullElse(ConsoleServer.parameter(request, "position"), ""));
        } catch (IllegalArgumentException e) {
            Responses.send(
                    request.response(),
                    Problem.invalid("query", "must be region=REGION&position=EPOCH-SEQUENCE: " + e.getMessage()));
            return;
        }
        Problem refusal = refusal(caller, region);
        if (refusal != null) {
            Responses.send(request.response(), refusal);
            return;
        }
        Context context = Vertx.currentContext();
        CompletionStage<JsonObject> answer = questions
                .run(reader -> reader.log(region, position.sequence(), 1))
                .thenCombine(
                        questions.ask(region, position, List.of()),
                        (entries, answered) -> toJson(region, position, entries, answered));
        answer(request, context, answer, json -> json);
    }

    private JsonObject toJson(
            String region, Position position, List<LogReader.Entry> entries, Questions.Answered answered) {
        JsonArray applied = new JsonArray();
        List<Map.Entry<String, String>> members = answered.asked().asked().entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .toList();
        for (Map.Entry<String, String> member : members) {
            Answer answer = answered.answers().stream()
                    .filter(one -> one.memberId().equals(member.getKey()))
                    .findFirst()
                    .orElse(null);
            String micros = answer == null ? null : answer.words().get("applied");
            applied.add(new JsonObject()
                    .put("name", member.getValue())
                    .put("answered", answer != null)
                    .put("position", answer == null ? null : answer.words().get("position"))
                    .put("appliedAt", micros == null || !micros.matches("[0-9]{1,18}") ? null : Long.valueOf(micros)));
        }
        JsonObject record = entries.stream()
                .filter(entry -> entry.sequence() == position.sequence())
                .map(entry -> ConsoleJson.record(region, entry, names))
                .filter(json -> position.toString().equals(json.getString("position")))
                .findFirst()
                .orElse(null);
        return new JsonObject().put("region", region).put("record", record).put("members", applied);
    }

    private static void read(HttpServerRequest request, BiConsumer<Buffer, Context> then) {
        Context context = Vertx.currentContext();
        Promise<Buffer> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > MAX_BODY_BYTES) {
                promise.tryFail("too large");
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(ended -> promise.tryComplete(body));
        request.exceptionHandler(promise::tryFail);
        CurrentRequest.whenRefused(problem -> promise.tryFail("the port has answered"));
        promise.future()
                .onSuccess(whole -> then.accept(whole, context))
                .onFailure(fault -> Responses.refuse(
                        request, Problem.of(413, "too-large", "The body has more than " + MAX_BODY_BYTES + " bytes.")));
    }

    private interface Answering<T> {
        JsonObject toJson(T answered);
    }

    private static <T> void answer(
            HttpServerRequest request, Context context, CompletionStage<T> question, Answering<T> answering) {
        Future.fromCompletionStage(question, context)
                .map(answering::toJson)
                .onSuccess(json -> {
                    if (!request.response().closed()) {
                        Responses.send(request.response(), json);
                    }
                })
                .onFailure(fault -> Responses.send(request.response(), problem(fault)));
    }

    private static Problem problem(Throwable fault) {
        Throwable cause = fault.getCause() == null ? fault : fault.getCause();
        if (fault instanceof RejectedExecutionException || cause instanceof RejectedExecutionException) {
            return Problem.of(503, "busy", "Too many questions wait. Ask again.")
                    .withRetryAfter(RETRY_AFTER);
        }
        BusException known = fault instanceof BusException bus ? bus : cause instanceof BusException bus ? bus : null;
        return known == null
                ? Problem.internal()
                : Problem.of(
                                503,
                                "redis-away",
                                "The members cannot be asked: " + Secrets.mask(String.valueOf(known.getMessage())))
                        .withRetryAfter(RETRY_AFTER);
    }
}

package dev.freshet.publisher.http;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Publisher;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Answers a request that is appended: its positions, and who listens to its regions or, with {@code await=applied}, who has
 * applied it. Safe to use from any thread.
 */
final class AppendedAnswer {

    /** If it takes longer to find out who listens, the answer does not say it. */
    private static final long MEMBERS_TIMEOUT_MILLIS = 250;

    /** If a request has more regions, the answer does not say who listens. */
    private static final int MAX_REGIONS_WITH_MEMBERS = 16;

    private final Publisher publisher;
    private final RegionMembers members;

    AppendedAnswer(Publisher publisher, RegionMembers members) {
        this.publisher = publisher;
        this.members = members;
    }

    /**
     * Returns the answer.
     *
     * @return fails with a {@link ProblemException} if members are awaited, and have not applied the change in time or cannot be
     *     asked
     */
    Future<JsonObject> to(Appended appended, InvalidationsQuery query, Context context) {
        boolean isAwaited = query.await() && !appended.positions().regions().isEmpty();
        return isAwaited ? awaitApplied(appended, query, context) : countMembers(appended, context);
    }

    private Future<JsonObject> awaitApplied(Appended appended, InvalidationsQuery query, Context context) {
        JsonObject answer = appended.toJson();
        CompletableFuture<AwaitResult> applied =
                publisher.awaitApplied(appended.positions().receipts(), query.timeout());
        return Future.fromCompletionStage(applied, context)
                .recover(fault -> Future.failedFuture(new ProblemException(Problems.ofAwait(fault, answer))))
                .map(result -> {
                    if (!result.isComplete()) {
                        throw new ProblemException(Problems.notApplied(result, query.timeout(), answer));
                    }
                    return answer.put("members", result.members()).put("applied", result.applied());
                });
    }

    private Future<JsonObject> countMembers(Appended appended, Context context) {
        JsonObject answer = appended.toJson();
        Collection<String> regions = appended.positions().regions();
        if (regions.isEmpty() || regions.size() > MAX_REGIONS_WITH_MEMBERS) {
            return Future.succeededFuture(answer);
        }
        List<CompletableFuture<Set<String>>> lookups =
                regions.stream().map(members::idsOf).toList();
        CompletableFuture<Void> all = CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new));
        if (all.isDone()) {
            return Future.succeededFuture(addMembers(answer, regions, lookups));
        }
        return Future.fromCompletionStage(all.orTimeout(MEMBERS_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS), context)
                .otherwiseEmpty()
                .map(done -> addMembers(answer, regions, lookups));
    }

    private static JsonObject addMembers(
            JsonObject answer, Collection<String> regions, List<CompletableFuture<Set<String>>> lookups) {
        Set<String> ids = new HashSet<>();
        JsonArray withoutMembers = new JsonArray();
        int index = 0;
        for (String region : regions) {
            CompletableFuture<Set<String>> lookup = lookups.get(index++);
            if (!lookup.isDone() || lookup.isCompletedExceptionally()) {
                return answer;
            }
            Set<String> found = lookup.join();
            ids.addAll(found);
            if (found.isEmpty()) {
                withoutMembers.add(region);
            }
        }
        answer.put("members", ids.size());
        if (!withoutMembers.isEmpty()) {
            answer.put("regionsWithoutMembers", withoutMembers);
        }
        return answer;
    }
}

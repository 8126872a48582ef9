package dev.freshet.publisher.http;

import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionView;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who listens to which region, as known lately, so that every answer can say it without a question to Redis for each. Safe
 * to use from any thread.
 *
 * <p>What is known is used for a second, and refreshed behind. That nobody listens is asked again at once: it is the sign
 * of a misspelt region, and a subscriber may just have come.
 */
public final class RegionMembers {

    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long USABLE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long NOBODY_NANOS = Duration.ofMillis(100).toNanos();
    private static final int MAX_REGIONS = 1024;

    /** An answer does not wait longer for this: it is said if it is known. */
    private static final long PATIENCE_MILLIS = 250;

    /** Beyond so many regions in one request the answer does not tell. */
    private static final int MAX_REGIONS_OF_REQUEST = 16;

    private record Known(Set<String> memberIds, long atNanos) {}

    private final Publisher publisher;
    private final LongSupplier nanoTime;
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MAX_REGIONS;
        }
    };
    private final Map<String, CompletableFuture<Known>> asked = new LinkedHashMap<>();

    public RegionMembers(Publisher publisher, LongSupplier nanoTime) {
        this.publisher = publisher;
        this.nanoTime = nanoTime;
    }

    /**
     * Adds to an answer how many live members the regions have, and which regions have none. Adds nothing where that cannot
     * be found out soon.
     */
    Future<JsonObject> addTo(JsonObject answer, Collection<String> regions, Context context) {
        if (regions.isEmpty() || regions.size() > MAX_REGIONS_OF_REQUEST) {
            return Future.succeededFuture(answer);
        }
        List<CompletableFuture<Known>> lookups =
                regions.stream().map(this::lookUp).toList();
        CompletableFuture<Void> all = CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new));
        if (all.isDone()) {
            return Future.succeededFuture(add(answer, regions, lookups));
        }
        return Future.fromCompletionStage(all.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS), context)
                .otherwiseEmpty()
                .map(done -> add(answer, regions, lookups));
    }

    private static JsonObject add(
            JsonObject answer, Collection<String> regions, List<CompletableFuture<Known>> lookups) {
        Set<String> members = new HashSet<>();
        JsonArray unheard = new JsonArray();
        int index = 0;
        for (String region : regions) {
            CompletableFuture<Known> lookup = lookups.get(index++);
            if (!lookup.isDone() || lookup.isCompletedExceptionally()) {
                return answer;
            }
            Known found = lookup.join();
            members.addAll(found.memberIds());
            if (found.memberIds().isEmpty()) {
                unheard.add(region);
            }
        }
        answer.put("members", members.size());
        if (!unheard.isEmpty()) {
            answer.put("regionsWithoutMembers", unheard);
        }
        return answer;
    }

    private CompletableFuture<Known> lookUp(String region) {
        Known found;
        synchronized (known) {
            found = known.get(region);
        }
        if (found == null) {
            return ask(region);
        }
        long age = nanoTime.getAsLong() - found.atNanos();
        boolean nobody = found.memberIds().isEmpty();
        if (age > (nobody ? NOBODY_NANOS : FRESH_NANOS)) {
            CompletableFuture<Known> asking = ask(region);
            if (nobody || age > USABLE_NANOS) {
                return asking;
            }
        }
        return CompletableFuture.completedFuture(found);
    }

    private CompletableFuture<Known> ask(String region) {
        CompletableFuture<Known> answer = new CompletableFuture<>();
        synchronized (known) {
            CompletableFuture<Known> underWay = asked.putIfAbsent(region, answer);
            if (underWay != null) {
                return underWay;
            }
        }
        var unused = publisher.region(region).whenComplete((view, fault) -> {
            Known found = view == null ? null : new Known(idsOf(view), nanoTime.getAsLong());
            synchronized (known) {
                asked.remove(region);
                if (found != null) {
                    known.put(region, found);
                }
            }
            complete(answer, found, fault);
        });
        return answer;
    }

    private static void complete(CompletableFuture<Known> answer, @Nullable Known found, @Nullable Throwable fault) {
        if (found != null) {
            answer.complete(found);
        } else {
            answer.completeExceptionally(fault == null ? new IllegalStateException("no answer") : fault);
        }
    }

    private static Set<String> idsOf(RegionView view) {
        Set<String> ids = new HashSet<>();
        for (Member member : view.members()) {
            ids.add(member.id());
        }
        return ids;
    }
}

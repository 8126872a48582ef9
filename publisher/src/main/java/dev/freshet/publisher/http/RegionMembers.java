package dev.freshet.publisher.http;

import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionView;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which members listen to which region, so that most answers can say it without a question to Redis. Safe to use
 * from any thread.
 *
 * <p>Members that are known for less than a second are returned as they are. Older ones are returned too, while Redis is asked
 * again in the background. That a region has no members is asked again after 100 ms: it may be a misspelt region, or a
 * subscriber may just have joined.
 */
public final class RegionMembers {

    /** Members known for longer than this are asked for again. */
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    /** Members known for longer than this are not returned. */
    private static final long USABLE_NANOS = Duration.ofSeconds(5).toNanos();

    /** The absence of members that is known for longer than this is not returned. */
    private static final long NOBODY_NANOS = Duration.ofMillis(100).toNanos();

    /** If more regions are asked for, the one that was used least recently is forgotten. */
    private static final int MAX_REGIONS = 1024;

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

    /** @param nanoTime a clock like {@link System#nanoTime} */
    public RegionMembers(Publisher publisher, LongSupplier nanoTime) {
        this.publisher = publisher;
        this.nanoTime = nanoTime;
    }

    /**
     * Returns the ids of the region's live members. Completes at once if they are known; else it asks Redis.
     *
     * @return fails if Redis cannot be asked
     */
    CompletableFuture<Set<String>> idsOf(String region) {
        return lookUp(region).thenApply(Known::memberIds);
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
            Known found = view == null ? null : new Known(memberIdsOf(view), nanoTime.getAsLong());
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

    private static Set<String> memberIdsOf(RegionView view) {
        Set<String> ids = new HashSet<>();
        for (Member member : view.members()) {
            ids.add(member.id());
        }
        return ids;
    }
}

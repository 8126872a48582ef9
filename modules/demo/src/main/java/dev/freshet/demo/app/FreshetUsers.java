package dev.freshet.demo.app;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.bus.PublisherListener;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.UnconfirmedPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Caches users with Freshet. */
final class FreshetUsers implements CachedUsers {

    private static final long MAXIMUM_ENTRIES = 10_000;
    private static final long PAUSE_MILLIS = 50;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final AppliedChanges applied = new AppliedChanges();
    private final Freshet freshet;
    private final Region<User> users;

    /**
     * Connects in the background. Until then every read is a miss.
     *
     * @param bound how old a confirmation may be before every read is a miss
     */
    FreshetUsers(String redisUri, String name, Duration bound) {
        freshet = Freshet.connect(
                FreshetConfig.of(redisUri).withName(name).withListeners(PublisherListener.NONE, applied));
        users = freshet.region(
                "users",
                RegionOptions.<User>maximumEntries(MAXIMUM_ENTRIES).unconfirmed(UnconfirmedPolicy.BYPASS, bound));
    }

    @Override
    public @Nullable User find(long id, Source source) {
        return users.get(User.cacheKey(id), (key, load) -> source.load(id));
    }

    /** Answers when the change is in the log. While Redis is unavailable, it repeats the call: two of a kind do no harm. */
    @Override
    public String changed(User user, Instant committedAt) throws InterruptedException, TimeoutException {
        Change change =
                Change.builder().keys(user.cacheKey()).changedAt(committedAt).build();
        long deadlineNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (true) {
            if (users.invalidate(change) instanceof Published.Logged logged) {
                return logged.at().position().toString();
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new TimeoutException("the change is committed; Redis did not acknowledge its invalidation in "
                        + LONGEST_WAIT.toSeconds() + " s, so it stays queued in this process");
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    @Override
    public List<String> report(long number) {
        CacheStats stats = users.stats();
        return applied.report(
                number,
                users.state().label(),
                stats.resets().values().stream().mapToLong(Long::longValue).sum(),
                stats.invalidated().getOrDefault(EvictionCause.RESET, 0L),
                stats.refusals().getOrDefault(Refusal.INVALIDATED, 0L));
    }

    @Override
    public void close() {
        freshet.close();
    }
}

package dev.freshet;

/**
 * Counts since the process connected, and the queue's present state.
 *
 * @param logged invalidations that are in the log when the caller got its answer
 * @param notAppliedHere of those, how many this process had not applied within the timeout
 * @param queued invalidations that Redis did not acknowledge in time, and which were therefore queued; each is {@link
 *     Published.Queued}, or a write whose invalidation is not in the log
 * @param queueChanges changes that wait in the queue now; those that say the same are one
 * @param queueOldestNanos how long the oldest of them has waited; 0 if none waits
 * @param queueRetries how often the queue was sent again
 * @param queueDrained of {@code queued}, how many Redis has acknowledged since, each for itself or with another that covers it
 * @param queueOverflows how often there was no room for a change, so that its whole region is invalidated
 * @param queueRefused of {@code queued}, how many were refused for good, because they would evict too much
 * @param queueLost of {@code queued}, how many still waited when the client was closed
 * @param observerFailures calls of the {@link FreshetObserver} that failed
 */
public record FreshetStats(
        long logged,
        long notAppliedHere,
        long queued,
        int queueChanges,
        long queueOldestNanos,
        long queueRetries,
        long queueDrained,
        long queueOverflows,
        long queueRefused,
        long queueLost,
        long observerFailures) {}

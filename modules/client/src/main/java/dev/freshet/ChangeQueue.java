package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnsupportedLibraryException;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes that Redis has not acknowledged. They are sent again, oldest first, with a growing pause, until Redis acknowledges them.
 *
 * <p>A change that says what another one says goes with that one, if that waits and is not being sent. At most so many changes wait. If
 * there is no room for one, a change of its whole region takes the place of all changes of that region: nothing is lost, and each region
 * that overflows has one change.
 *
 * <p>Safe to use from any thread. Calls the publisher without its monitor held.
 */
final class ChangeQueue {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeQueue.class);

    /** At most this many changes are sent at a time. */
    private static final int BATCH = 256;

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A change that waits, and how many it stands for. */
    private record Waiting(String region, Change change, long sinceNanos, long count) {
        Waiting standingFor(long more) {
            return new Waiting(region, change, sinceNanos, count + more);
        }

        Meaning meaning() {
            return Meaning.of(region, change);
        }
    }

    /** What a change evicts where: all of it but its time. */
    private record Meaning(
            String region, List<Selector> selectors, OptionalLong version, boolean awaited, boolean forced) {
        static Meaning of(String region, Change change) {
            return new Meaning(region, change.selectors(), change.version(), change.awaited(), change.forced());
        }
    }

    private final Publisher publisher;
    private final int maximumChanges;
    private final ScheduledThreadPoolExecutor thread;

    // All below is guarded by this object's monitor.

    /** In the order of their numbers. */
    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();

    /** The numbers of those that are not being sent, so that what is said again meanwhile goes with them. */
    private final Map<Meaning, Long> unsent = new HashMap<>();

    /** The numbers of the changes that stand for whole regions. */
    private final Map<String, Long> overflowed = new HashMap<>();

    private long lastNumber;
    private long pauseNanos = FIRST_PAUSE_NANOS;

    /** The next round; null if none is planned. */
    private @Nullable Future<?> planned;

    private boolean isSending;

    /** Why nothing is sent again before the process is started anew; null while it is. */
    private @Nullable String broken;

    /** Whether the client is being closed, so that there is no time for pauses. */
    private boolean isClosing;

    private boolean isClosed;

    private long added;
    private long retries;
    private long drained;
    private long overflows;
    private long refused;
    private long lost;

    ChangeQueue(Publisher publisher, int maximumChanges) {
        this.publisher = publisher;
        this.maximumChanges = maximumChanges;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread daemon = new Thread(task, "freshet-queue");
            daemon.setDaemon(true);
            daemon.setContextClassLoader(null);
            return daemon;
        });
        thread.setKeepAliveTime(2, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true); // no thread while nothing waits
    }

    /** Takes a change in. Never blocks. */
    void add(String region, Change change) {
        synchronized (this) {
            added++;
            if (isClosed) {
                lost++;
                LOG.warn("Region {}: a change was not published, and this client is closed: it is lost", region);
                return;
            }
            keep(region, change);
            plan();
        }
    }

    private void keep(String region, Change change) {
        boolean isOverflown = overflowed.containsKey(region);
        Meaning meaning = Meaning.of(region, change);
        Long said = isOverflown ? null : unsent.get(meaning);
        if (said != null) {
            waiting.computeIfPresent(said, (number, it) -> it.standingFor(1));
            return;
        }
        long number = ++lastNumber;
        if (!isOverflown && waiting.size() < maximumChanges) {
            waiting.put(number, new Waiting(region, change, System.nanoTime(), 1));
            unsent.put(meaning, number);
            return;
        }
        if (!isOverflown) {
            overflows++;
            LOG.warn(
                    "Region {}: {} changes wait already, so that the whole region is to be invalidated",
                    region,
                    maximumChanges);
        }
        // A new one in any case: what stands for the region so far may have been sent before this change was made.
        List<Waiting> replaced = waiting.values().stream()
                .filter(other -> other.region().equals(region))
                .toList();
        waiting.values().removeIf(other -> other.region().equals(region));
        unsent.keySet().removeIf(other -> other.region().equals(region));
        Waiting eldest = replaced.isEmpty() ? new Waiting(region, change, System.nanoTime(), 0) : replaced.get(0);
        long count = 1 + replaced.stream().mapToLong(Waiting::count).sum();
        waiting.put(number, new Waiting(region, everything(eldest.change()), eldest.sinceNanos(), count));
        overflowed.put(region, number);
    }

    /** It is forced: a limit on broad changes would lose those that it stands for. */
    private static Change everything(Change eldest) {
        return new Change(
                List.of(Selector.all()), eldest.changedAt(), OptionalLong.empty(), false, true, eldest.trace());
    }

    // ---- Sending again

    private void plan() {
        if (planned != null || isSending || waiting.isEmpty() || isClosed || broken != null) {
            return;
        }
        long pause = isClosing ? Math.min(pauseNanos, FIRST_PAUSE_NANOS) : pauseNanos;
        planned = thread.schedule(this::sendSafely, pause, TimeUnit.NANOSECONDS);
    }

    /** A round that fails leaves all that waits to the next one. */
    private void sendSafely() {
        try {
            send();
        } catch (LinkageError missing) {
            synchronized (this) {
                broken = UnsupportedLibraryException.cannotGoOn("thread freshet-queue", missing.toString());
                LOG.error("{}", broken, missing);
            }
        } catch (RuntimeException | Error fault) {
            LOG.error("a round of changes failed unexpectedly, and is repeated", fault);
            synchronized (this) {
                List.copyOf(waiting.keySet()).forEach(this::joinThoseSaidSince);
            }
            sent(false);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it never fails, and plans the next round itself
    private void send() {
        Map<String, List<Long>> byRegion = new LinkedHashMap<>();
        Map<Long, Change> changes = new HashMap<>();
        synchronized (this) {
            planned = null;
            isSending = true;
            retries++;
            waiting.entrySet().stream().limit(BATCH).forEach(each -> {
                byRegion.computeIfAbsent(each.getValue().region(), region -> new ArrayList<>())
                        .add(each.getKey());
                changes.put(each.getKey(), each.getValue().change());
                unsent.remove(each.getValue().meaning(), each.getKey());
            });
        }
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        byRegion.forEach((region, numbers) -> {
            List<Change> together = numbers.stream().map(changes::get).toList();
            List<CompletableFuture<Receipt>> receipts;
            try {
                receipts = publisher.publishAll(region, together);
            } catch (Throwable fault) {
                receipts = together.stream()
                        .map(change -> CompletableFuture.<Receipt>failedFuture(fault))
                        .toList();
            }
            for (int i = 0; i < numbers.size(); i++) {
                long number = numbers.get(i);
                answers.add(receipts.get(i).handle((receipt, fault) -> answered(number, fault)));
            }
        });
        CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                .whenComplete(
                        (all, fault) -> sent(fault == null && answers.stream().allMatch(CompletableFuture::join)));
    }

    /** Returns whether the change needs no further round. */
    private synchronized boolean answered(long number, @Nullable Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        boolean isRefused = cause instanceof TooBroadException || cause instanceof IllegalArgumentException;
        if (cause != null && !isRefused) {
            joinThoseSaidSince(number);
            return false; // whatever it is, it may pass
        }
        Waiting done = waiting.remove(number);
        if (done == null) {
            return true; // a change of its whole region took its place
        }
        overflowed.remove(done.region(), number);
        if (cause == null) {
            drained += done.count();
        } else {
            refused += done.count();
            LOG.error("Region {}: a change that waited was refused, and is not published", done.region(), cause);
        }
        notifyAll();
        return true;
    }

    /** It is sent again later than they were said, so it stands for them too. */
    private void joinThoseSaidSince(long number) {
        Waiting it = waiting.get(number);
        if (it == null || overflowed.containsValue(number)) {
            return;
        }
        Long since = unsent.put(it.meaning(), number);
        Waiting later = since == null || since == number ? null : waiting.remove(since);
        if (later != null) {
            waiting.put(number, it.standingFor(later.count()));
        }
    }

    private synchronized void sent(boolean isDone) {
        isSending = false;
        pauseNanos = isDone ? 0 : Math.min(Math.max(FIRST_PAUSE_NANOS, 2 * pauseNanos), LONGEST_PAUSE_NANOS);
        plan(); // after a round that succeeded the rest goes at once
        if (waiting.isEmpty()) {
            pauseNanos = FIRST_PAUSE_NANOS;
        }
    }

    // ---- Looking at it, and the end

    /** Sends what waits, for at most this long, and nothing after it. What is left is lost, and is logged. */
    void close(Duration atMost) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        boolean wasInterrupted = false;
        synchronized (this) {
            isClosing = true;
            pauseNanos = 0;
            if (planned != null) {
                planned.cancel(false);
                planned = null;
            }
            plan();
            while (!waiting.isEmpty() && broken == null && deadlineNanos - System.nanoTime() > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(
                            this, Math.min(deadlineNanos - System.nanoTime(), FIRST_PAUSE_NANOS));
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                    break;
                }
            }
            isClosed = true;
            lost = waiting.values().stream().mapToLong(Waiting::count).sum();
            if (lost > 0) {
                Set<String> regions = new TreeSet<>();
                waiting.values().forEach(change -> regions.add(change.region()));
                LOG.error(
                        "{} changes of regions {} were not published, and are lost with this client: other replicas may keep"
                                + " old values until these expire",
                        lost,
                        regions);
            }
        }
        thread.shutdownNow();
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns why nothing is sent again, in a sentence; null while it is. */
    synchronized @Nullable String misconfiguration() {
        return broken;
    }

    synchronized FreshetStats stats(long logged, long notAppliedHere, long observerFailures) {
        long oldestNanos = waiting.isEmpty()
                ? 0
                : Math.max(
                        0,
                        System.nanoTime() - waiting.values().iterator().next().sinceNanos());
        return new FreshetStats(
                logged,
                notAppliedHere,
                added,
                waiting.size(),
                oldestNanos,
                retries,
                drained,
                overflows,
                refused,
                lost,
                observerFailures);
    }
}

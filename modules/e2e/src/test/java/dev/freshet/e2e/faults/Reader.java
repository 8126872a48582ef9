package dev.freshet.e2e.faults;

import dev.freshet.e2e.faults.PipelinedConnection.Answer;
import dev.freshet.e2e.faults.Source.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The application beside one subscriber. It reads entries over and over, loads missing ones from the source, and stores them
 * under their leases, some of them late. It checks every hit with {@link ConfirmationCheck}.
 *
 * <p>The {@link Writer} changes the first half of the entries. Nothing invalidates the second half. Of that half, the even entries
 * are read like the others; only {@link #survey} reads the odd ones. Nobody stores these again, so a missing one was dropped by
 * the subscriber.
 *
 * <p>One thread reads. The other methods are for the test's thread; a lock excludes the two from each other.
 */
final class Reader implements AutoCloseable {
    private static final int REQUESTS_A_ROUND = 64;
    private static final int CHANGING_PERCENT = 85;
    private static final int LATE_STORES_PERCENT = 20;
    private static final int LATEST_STORE_MILLIS = 100;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long PAUSE_AFTER_FAULT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int MAX_SURVEYS = 10_000;

    private record Store(int number, String lease, byte[] value, long dueNanos) {}

    /** What {@link #survey} found. */
    record Survey(List<String> stale, int missingUnchanged) {}

    private final String name;
    private final String region;
    private final Source source;
    private final ConfirmationCheck check;
    private final Deque<Store> stores = new ArrayDeque<>();
    private final Thread thread = new Thread(this::run);

    private @Nullable PipelinedConnection connection;
    private volatile int port;
    private int entries;
    private Observations seen = new Observations();
    private boolean running;
    private boolean closed;

    private volatile long confirmedAsOfNanos;
    private volatile long awaitedNanos = Long.MAX_VALUE;
    private volatile long reachedNanos;

    Reader(String name, String region, Source source, ConfirmationCheck check, int port) {
        this.name = name;
        this.region = region;
        this.source = source;
        this.check = check;
        this.port = port;
        this.confirmedAsOfNanos = System.nanoTime();
        thread.setName("reader-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    // ---- The reading thread

    private void run() {
        while (true) {
            long pauseNanos;
            synchronized (this) {
                if (closed) {
                    return;
                }
                pauseNanos = running ? roundOrFault() : PAUSE_AFTER_FAULT_NANOS;
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    private long roundOrFault() {
        try {
            round(connected());
            return PAUSE_NANOS;
        } catch (IOException e) {
            seen.unanswered();
            disconnect();
            return PAUSE_AFTER_FAULT_NANOS;
        } catch (RuntimeException | Error e) {
            seen.violation(name + ": " + e);
            disconnect();
            return PAUSE_AFTER_FAULT_NANOS;
        }
    }

    private void round(PipelinedConnection to) throws IOException {
        int[] numbers = new int[REQUESTS_A_ROUND];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = choose();
        }
        long requestNanos = send(to, numbers);
        for (int number : numbers) {
            examine(number, requestNanos, to.answer());
        }
        storeWhatIsDue(to);
    }

    private int choose() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int half = entries / 2;
        if (random.nextInt(100) < CHANGING_PERCENT) {
            return random.nextInt(half);
        }
        return half + 2 * random.nextInt(half / 2);
    }

    /** Returns a moment before the first of the requests was sent. */
    private long send(PipelinedConnection to, int[] numbers) throws IOException {
        for (int number : numbers) {
            to.get(path(number));
        }
        long requestNanos = System.nanoTime();
        to.flush();
        return requestNanos;
    }

    private void examine(int number, long requestNanos, Answer answer) {
        seen.read();
        if (answer.isConfirmed()) {
            confirmed(requestNanos - answer.confirmedAgeNanos());
        }
        if (answer.status() == 200) {
            hit(number, requestNanos, answer);
        } else if (answer.status() == 404 && !answer.lease().isEmpty()) {
            miss(number, answer);
        } else {
            seen.violation(name + ": " + Source.key(number) + " was answered " + answer);
        }
    }

    private void hit(int number, long requestNanos, Answer answer) {
        Value value = Value.decode(answer.body());
        long supersededNanos = source.supersededNanos(number, value.version());
        seen.checkedHit();
        if (supersededNanos != Source.NOT_SUPERSEDED) {
            seen.stale(requestNanos - supersededNanos);
        }
        check.broken(answer, requestNanos, supersededNanos)
                .ifPresent(why -> seen.violation(describe(number, value, answer, requestNanos, supersededNanos, why)));
        if (!value.key().equals(Source.key(number)) || value.version() > source.version(number)) {
            seen.violation(name + ": " + Source.key(number) + " was answered with another's value: " + value);
        }
    }

    private String describe(
            int number, Value value, Answer answer, long requestNanos, long supersededNanos, String why) {
        String superseded = supersededNanos == Source.NOT_SUPERSEDED
                ? "not superseded"
                : "superseded " + (requestNanos - supersededNanos) / 1_000 + " us before the request";
        return "%s: %s: %s was answered with version %d (%s; the source has %d), %s, confirmed age %d us"
                .formatted(
                        name,
                        why,
                        Source.key(number),
                        value.version(),
                        superseded,
                        source.version(number),
                        answer.state(),
                        answer.confirmedAgeNanos() / 1_000);
    }

    private void miss(int number, Answer answer) {
        if (!answer.isConfirmed()) {
            seen.bypassed();
        } else if (number >= entries / 2) {
            seen.missing(number);
        }
        // A correct load: it begins after the lease was handed out, and is sometimes slow.
        byte[] value = source.read(number).encode();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long lateNanos = random.nextInt(100) < LATE_STORES_PERCENT
                ? TimeUnit.MILLISECONDS.toNanos(random.nextInt(LATEST_STORE_MILLIS))
                : 0;
        stores.add(new Store(number, answer.lease(), value, System.nanoTime() + lateNanos));
    }

    private void storeWhatIsDue(PipelinedConnection to) throws IOException {
        List<Store> due = new ArrayList<>();
        long nowNanos = System.nanoTime();
        stores.removeIf(store -> store.dueNanos() - nowNanos <= 0 && due.add(store));
        for (Store store : due) {
            to.put(path(store.number()), store.lease(), store.value());
        }
        to.flush();
        for (Store store : due) {
            Answer answer = to.answer();
            if (answer.status() == 409) {
                seen.refusedStore();
            } else if (answer.status() != 204) {
                seen.violation(name + ": the store of " + Source.key(store.number()) + " was answered " + answer);
            }
        }
    }

    private void confirmed(long asOfNanos) {
        if (asOfNanos - confirmedAsOfNanos > 0) {
            confirmedAsOfNanos = asOfNanos;
            long awaited = awaitedNanos;
            if (awaited != Long.MAX_VALUE && reachedNanos == 0 && asOfNanos - awaited >= 0) {
                reachedNanos = System.nanoTime();
            }
        }
    }

    private String path(int number) {
        return "/v1/regions/" + region + "/entries/" + Source.key(number);
    }

    private PipelinedConnection connected() throws IOException {
        PipelinedConnection current = connection;
        if (current == null) {
            current = new PipelinedConnection(port);
            connection = current;
        }
        return current;
    }

    private void disconnect() {
        PipelinedConnection current = connection;
        connection = null;
        stores.clear();
        if (current != null) {
            current.close();
        }
    }

    // ---- The test's thread

    String name() {
        return name;
    }

    /** Sets the subscriber's port, which is another one after a restart. */
    synchronized void moveTo(int newPort) {
        port = newPort;
        disconnect();
    }

    /** Begins to read entries from the first up to a count; the subscriber holds all of them. */
    synchronized void start(int entries) {
        this.entries = entries;
        seen = new Observations();
        running = true;
    }

    /** Stops reading, and returns what was seen since the start. */
    synchronized Observations stop() {
        running = false;
        disconnect();
        return seen;
    }

    synchronized long checkedHits() {
        return seen.checkedHits();
    }

    /** Returns the latest moment before which, as the subscriber said, everything is applied. Does not wait for the reader. */
    long confirmedAsOfNanos() {
        return confirmedAsOfNanos;
    }

    /** Sets the moment for {@link #reachedNanos}. */
    void expectConfirmationAsOf(long nanos) {
        reachedNanos = 0;
        awaitedNanos = nanos;
    }

    /** Returns when the subscriber first said that everything before the set moment is applied; 0 if it has not said so. */
    long reachedNanos() {
        return reachedNanos;
    }

    /**
     * Reads once over a connection of its own. The requests are sent at once; the answers may come much later. For a subscriber
     * that is frozen now.
     */
    Runnable probe() throws IOException {
        PipelinedConnection to = new PipelinedConnection(port);
        int[] numbers = range(0, REQUESTS_A_ROUND);
        long requestNanos = send(to, numbers);
        return () -> {
            try (to) {
                List<Answer> answers = new ArrayList<>();
                for (int i = 0; i < numbers.length; i++) {
                    answers.add(to.answer());
                }
                synchronized (this) {
                    for (int i = 0; i < numbers.length; i++) {
                        examine(numbers[i], requestNanos, answers.get(i));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Stores the missing ones of the first entries until none is missing. Call it while the reader is stopped. */
    synchronized void fill(int count) throws IOException {
        PipelinedConnection to = connected();
        for (int from = 0; from < count; from += REQUESTS_A_ROUND) {
            int[] numbers = range(from, Math.min(count, from + REQUESTS_A_ROUND));
            send(to, numbers);
            for (int number : numbers) {
                Answer answer = to.answer();
                if (answer.status() == 404) {
                    stores.add(new Store(
                            number, answer.lease(), source.read(number).encode(), System.nanoTime()));
                }
            }
            storeWhatIsDue(to);
        }
    }

    /** Looks up the first entries. Call it while the reader is stopped and nothing changes. */
    synchronized Survey survey(int count) throws IOException {
        PipelinedConnection to = connected();
        List<String> stale = new ArrayList<>();
        int missing = 0;
        for (int from = 0; from < count; from += REQUESTS_A_ROUND) {
            int[] numbers = range(from, Math.min(count, from + REQUESTS_A_ROUND));
            List<Answer> answers = confirmedAnswers(to, numbers);
            for (int number : numbers) {
                Answer answer = answers.get(number - from);
                if (answer.status() == 200) {
                    Value value = Value.decode(answer.body());
                    if (value.version() != source.version(number)) {
                        stale.add("%s in %s: version %d, but the source has %d"
                                .formatted(value.key(), name, value.version(), source.version(number)));
                    }
                } else if (number >= count / 2) {
                    missing++;
                }
            }
        }
        return new Survey(stale, missing);
    }

    /** Asks until none is a miss only because the region is unconfirmed: a machine that stands still for a moment makes it that. */
    private List<Answer> confirmedAnswers(PipelinedConnection to, int[] numbers) throws IOException {
        for (int attempt = 0; attempt < MAX_SURVEYS; attempt++) {
            send(to, numbers);
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < numbers.length; i++) {
                answers.add(to.answer());
            }
            if (answers.stream().allMatch(answer -> answer.status() == 200 || answer.isConfirmed())) {
                return answers;
            }
            LockSupport.parkNanos(PAUSE_AFTER_FAULT_NANOS);
        }
        throw new AssertionError(name + " is not confirmed again");
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    @Override
    public synchronized void close() {
        closed = true;
        running = false;
        disconnect();
    }
}

package dev.freshet.demo.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The load: reads and writes of random users. Every written user is read through every replica, once it must be seen there. Safe to use
 * from any thread.
 */
public final class Traffic {

    private static final long TICK_MILLIS = 20;
    private static final int MAX_IN_FLIGHT = 100;

    private final Requests requests;
    private final List<Member> members;
    private final int users;
    private final Duration bound;
    private final Consumer<Write> written;
    private final Random random = new Random();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "traffic");
        thread.setDaemon(true);
        return thread;
    });
    private double owedReads;
    private double owedWrites;

    /**
     * @param users the load takes users 1 to this
     * @param bound how long after its acknowledgement every replica must show a write
     * @param written hears each acknowledged write; must return at once
     */
    public Traffic(Requests requests, List<Member> members, int users, Duration bound, Consumer<Write> written) {
        this.requests = requests;
        this.members = List.copyOf(members);
        this.users = users;
        this.bound = bound;
        this.written = written;
    }

    /** Starts the load: at most this many a second, and less while the pace says so. */
    public void start(int readsPerSecond, int writesPerSecond, Pace pace) {
        var unused = clock.scheduleAtFixedRate(
                () -> {
                    double seconds = TICK_MILLIS / 1e3;
                    owedReads = Math.min(MAX_IN_FLIGHT, owedReads + seconds * pace.shareOfReads() * readsPerSecond);
                    owedWrites = Math.min(MAX_IN_FLIGHT, owedWrites + seconds * pace.shareOfWrites() * writesPerSecond);
                    for (; owedReads >= 1 && !isCongested(); owedReads--) {
                        readIfUp(members.get(random.nextInt(members.size())), anyUser());
                    }
                    for (; owedWrites >= 1 && !isCongested(); owedWrites--) {
                        var ignored = write(anyUser());
                    }
                },
                0,
                TICK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Returns a user; a tenth of the users gets about half of the requests. */
    private long anyUser() {
        return 1 + (long) (Math.pow(random.nextDouble(), 3) * users);
    }

    /** Returns whether so many answers are awaited that the load waits too. */
    public boolean isCongested() {
        return requests.inFlight() >= MAX_IN_FLIGHT;
    }

    /** Stops the load and waits until what is under way is answered. */
    public void stop() throws InterruptedException {
        clock.shutdownNow();
        requests.stop();
    }

    /** Writes a user. Completes with null if it was not acknowledged. */
    public CompletableFuture<@Nullable Write> write(long user) {
        return requests.write(user).thenApply(write -> {
            if (write != null) {
                written.accept(write);
                later(() -> members.forEach(member -> readIfUp(member, user)), bound.toMillis() + TICK_MILLIS);
            }
            return write;
        });
    }

    private void later(Runnable work, long millis) {
        if (!clock.isShutdown()) {
            var unused = clock.schedule(work, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void readIfUp(Member member, long user) {
        if (member.canAnswer()) {
            var unused = read(member, user, 0);
        }
    }

    /**
     * Reads a user, whether or not a fault holds the replica.
     *
     * @param slowMillis how long a load takes
     */
    public CompletableFuture<Answer> read(Member member, long user, long slowMillis) {
        return requests.read(member, user, slowMillis);
    }

    /** Reads every user through a replica, and returns how many were stale. Blocks. */
    public int audit(Member member) {
        List<CompletableFuture<Answer>> reads = new ArrayList<>();
        int stale = 0;
        for (long user = 1; user <= users + 1L; user++) {
            reads.add(read(member, user, 0));
            if (reads.size() == 8 || user == users + 1L) {
                stale += (int) reads.stream()
                        .map(CompletableFuture::join)
                        .filter(Answer::isStale)
                        .count();
                reads.clear();
            }
        }
        return stale;
    }
}

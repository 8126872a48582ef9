package dev.freshet.demo.load;

import dev.freshet.demo.stack.SupervisedProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes users through the replicas, and counts stale answers. Every written user is read through every replica, once it must
 * be seen there. Safe to use from any thread.
 */
public final class Traffic {

    /**
     * An acknowledged write.
     *
     * @param user the user
     * @param epoch the life of the log that it is in
     * @param sequence its number in that log
     */
    public record Write(long user, String epoch, long sequence) {}

    private static final Pattern VERSION = Pattern.compile("\"version\":([0-9]{1,18})");
    private static final Pattern WRITTEN = Pattern.compile("([0-9]+) ([0-9a-f]+)-([0-9]+)\n");
    private static final long TICK_MILLIS = 20;
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(35);
    private static final int MAX_IN_FLIGHT = 100;

    /** How long after a read without an answer the supervisor has noticed that the process has ended. */
    private static final long NOTICE_MILLIS = 1_000;

    private final HttpClient http;
    private final List<Member> members;
    private final int users;
    private final Duration bound;
    private final Truth truth;
    private final Consumer<Write> written;
    private final Random random = new Random();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "traffic");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger failuresPending = new AtomicInteger();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong failedWrites = new AtomicLong();
    private double owedReads;
    private double owedWrites;
    private volatile boolean stopped;

    /**
     * @param users the load takes users 1 to this
     * @param bound how long after its acknowledgement every replica must show a write
     * @param written hears each acknowledged write; must return at once
     */
    public Traffic(HttpClient http, List<Member> members, int users, Duration bound, Consumer<Write> written) {
        this.http = http;
        this.members = List.copyOf(members);
        this.users = users;
        this.bound = bound;
        this.truth = new Truth(bound);
        this.written = written;
    }

    /** Starts the load: at most this many a second, and less while the pace says so. */
    public void start(int readsPerSecond, int writesPerSecond, Pace pace) {
        var unused = clock.scheduleAtFixedRate(
                () -> {
                    double seconds = TICK_MILLIS / 1e3;
                    owedReads = Math.min(MAX_IN_FLIGHT, owedReads + seconds * pace.shareOfReads() * readsPerSecond);
                    owedWrites = Math.min(MAX_IN_FLIGHT, owedWrites + seconds * pace.shareOfWrites() * writesPerSecond);
                    for (; owedReads >= 1 && inFlight.get() < MAX_IN_FLIGHT && !stopped; owedReads--) {
                        read(members.get(random.nextInt(members.size())), anyUser());
                    }
                    for (; owedWrites >= 1 && inFlight.get() < MAX_IN_FLIGHT && !stopped; owedWrites--) {
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
        return inFlight.get() >= MAX_IN_FLIGHT;
    }

    /** Stops the load and waits until what is under way is answered. */
    public void stop() throws InterruptedException {
        stopped = true;
        long deadlineNanos = System.nanoTime() + READ_TIMEOUT.toNanos();
        while (inFlight.get() > 0 && System.nanoTime() - deadlineNanos < 0) {
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
        // What got no answer is counted only then.
        TimeUnit.MILLISECONDS.sleep(failuresPending.get() > 0 ? NOTICE_MILLIS + TICK_MILLIS : 0);
        clock.shutdownNow();
    }

    /** Writes a user through the first replica that no fault holds. Completes with null if it was not acknowledged. */
    public CompletableFuture<Write> write(long user) {
        Member writer =
                members.stream().filter(member -> !member.isHeld()).findFirst().orElse(members.get(0));
        inFlight.incrementAndGet();
        HttpRequest request = HttpRequest.newBuilder(uri(writer, user, 0))
                .timeout(WRITE_TIMEOUT)
                .PUT(HttpRequest.BodyPublishers.ofString("Name " + random.nextInt(1_000_000)))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString()).handle((answer, failure) -> {
            inFlight.decrementAndGet();
            Matcher body = WRITTEN.matcher(failure == null ? answer.body() : "");
            if (!body.matches()) {
                failedWrites.incrementAndGet();
                return null;
            }
            truth.wrote(user, Long.parseLong(body.group(1)), System.nanoTime());
            writes.incrementAndGet();
            Write write = new Write(user, body.group(2), Long.parseLong(body.group(3)));
            written.accept(write);
            later(() -> members.forEach(member -> read(member, user)), bound.toMillis() + TICK_MILLIS);
            return write;
        });
    }

    private void later(Runnable work, long millis) {
        if (!stopped) {
            var unused = clock.schedule(work, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void read(Member member, long user) {
        if (!member.isHeld() && member.replica().process().state() == SupervisedProcess.State.UP) {
            var unused = read(member, user, 0);
        }
    }

    /**
     * Reads a user, whether or not a fault holds the replica.
     *
     * @param slowMillis how long a load takes
     * @return whether the answer was stale; false if there was none
     */
    public CompletableFuture<Boolean> read(Member member, long user, long slowMillis) {
        int life = member.replica().process().starts();
        long begunNanos = System.nanoTime();
        inFlight.incrementAndGet();
        HttpRequest request = HttpRequest.newBuilder(uri(member, user, slowMillis))
                .timeout(READ_TIMEOUT.plusMillis(slowMillis))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString()).handle((answer, failure) -> {
            inFlight.decrementAndGet();
            Matcher version = VERSION.matcher(failure == null && answer.statusCode() == 200 ? answer.body() : "");
            if (!version.find()) {
                noAnswer(member, life);
                return false;
            }
            boolean isStale = truth.isStale(user, Long.parseLong(version.group(1)), begunNanos);
            member.answered(isHit(answer), isStale);
            return isStale;
        });
    }

    /** A process that was ended answers nothing, and that is no failure. It takes a moment until that is known. */
    private void noAnswer(Member member, int life) {
        boolean wasHeld = member.isHeld();
        failuresPending.incrementAndGet();
        var unused = clock.schedule(
                () -> {
                    failuresPending.decrementAndGet();
                    SupervisedProcess process = member.replica().process();
                    if (!wasHeld && process.starts() == life && process.state() == SupervisedProcess.State.UP) {
                        member.failed();
                    }
                },
                NOTICE_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Reads every user through a replica, and returns how many were stale. Blocks. */
    public int audit(Member member) {
        List<CompletableFuture<Boolean>> reads = new ArrayList<>();
        int stale = 0;
        for (long user = 1; user <= users + 1L; user++) {
            reads.add(read(member, user, 0));
            if (reads.size() == 8 || user == users + 1L) {
                stale += (int) reads.stream().filter(CompletableFuture::join).count();
                reads.clear();
            }
        }
        return stale;
    }

    private static boolean isHit(HttpResponse<String> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("").endsWith("; hit");
    }

    private static URI uri(Member member, long user, long slowMillis) {
        return member.replica().uri().resolve("/users/" + user + (slowMillis == 0 ? "" : "?slow=" + slowMillis));
    }

    /** Returns the number of acknowledged writes. */
    public long writes() {
        return writes.get();
    }

    /** Returns the number of writes without an acknowledgement. */
    public long failedWrites() {
        return failedWrites.get();
    }
}

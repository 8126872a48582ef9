package dev.freshet.demo.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and writes single users through the replicas, and counts answers, stale ones and failures. Safe to use from any thread. */
public final class Requests {

    /** How long an answer to a read is waited for: longer than a machine that does much else takes for one. */
    static final Duration READ_TIMEOUT = Duration.ofSeconds(6);

    private static final Pattern VERSION = Pattern.compile("\"version\":([0-9]{1,18})");
    private static final Pattern WRITTEN = Pattern.compile("([0-9]+) (?:([0-9a-f]+)-([0-9]+))?\n");
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(35);

    /** How long after a read without an answer the supervisor has noticed that the process has ended. */
    private static final long NOTICE_MILLIS = 1_000;

    private final HttpClient http;
    private final List<Member> members;
    private final Truth truth;
    private final Random random = new Random();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "failures");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger failuresPending = new AtomicInteger();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong failedWrites = new AtomicLong();
    private volatile boolean stopping;

    /** @param bound how long after its acknowledgement every replica must show a write */
    public Requests(HttpClient http, List<Member> members, Duration bound) {
        this.http = http;
        this.members = List.copyOf(members);
        this.truth = new Truth(bound);
    }

    /** Writes a user through the first replica that can. Completes with null if it was not acknowledged. */
    CompletableFuture<@Nullable Write> write(long user) {
        // Not through the naive one: it tells nobody but its like.
        Member writer = members.stream()
                .filter(member -> member.canAnswer() && !member.replica().isNaive())
                .findFirst()
                .orElse(members.get(0));
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
            long version = Long.parseLong(body.group(1));
            truth.wrote(user, version, System.nanoTime());
            writes.incrementAndGet();
            return body.group(2) == null
                    ? Write.inRedis(user, version)
                    : Write.logged(user, body.group(2), Long.parseLong(body.group(3)));
        });
    }

    /**
     * Reads a user, whether or not a fault holds the replica.
     *
     * @param slowMillis how long a load takes
     */
    CompletableFuture<Answer> read(Member member, long user, long slowMillis) {
        int life = member.replica().starts();
        long begunNanos = System.nanoTime();
        inFlight.incrementAndGet();
        HttpRequest request = HttpRequest.newBuilder(uri(member, user, slowMillis))
                .timeout(READ_TIMEOUT.plusMillis(slowMillis))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString()).handle((answer, failure) -> {
            inFlight.decrementAndGet();
            Matcher found = VERSION.matcher(failure == null && answer.statusCode() == 200 ? answer.body() : "");
            if (!found.find()) {
                noAnswer(member, life);
                return Answer.NONE;
            }
            long version = Long.parseLong(found.group(1));
            boolean isStale = truth.isStale(user, version, begunNanos);
            member.answered(isHit(answer), isStale);
            return new Answer(version, isStale);
        });
    }

    /** A process that was ended answers nothing, and that is no failure. It takes a moment until that is known. */
    private void noAnswer(Member member, int life) {
        boolean wasHeld = member.isHeld();
        failuresPending.incrementAndGet();
        var unused = clock.schedule(
                () -> {
                    failuresPending.decrementAndGet();
                    if (!wasHeld
                            && member.replica().starts() == life
                            && member.replica().isUp()) {
                        member.failed();
                    }
                },
                NOTICE_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private static boolean isHit(HttpResponse<String> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("").endsWith("; hit");
    }

    private static URI uri(Member member, long user, long slowMillis) {
        return member.replica().uri().resolve("/users/" + user + (slowMillis == 0 ? "" : "?slow=" + slowMillis));
    }

    /** Returns how many answers are awaited. */
    int inFlight() {
        return inFlight.get();
    }

    /** Returns whether nobody is to ask any more. */
    boolean isStopping() {
        return stopping;
    }

    /** Waits until what is under way is answered, or known to have failed. */
    void stop() throws InterruptedException {
        stopping = true;
        long deadlineNanos = System.nanoTime() + READ_TIMEOUT.toNanos();
        while (inFlight.get() > 0 && System.nanoTime() - deadlineNanos < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        while (failuresPending.get() > 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
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

package dev.freshet.e2e.upgrade;

import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rounds of traffic, in a thread of its own. In each round every subscriber stores a value, a publisher invalidates it by its key, its tag or
 * its prefix, and every subscriber is asked for it at the position of that invalidation. It must have forgotten it.
 */
final class CheckedTraffic implements AutoCloseable {

    private static final String REGION = "users";
    private static final Pattern POSITION = Pattern.compile("\"users\":\"([^\"]+)\"");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final List<ServiceProcess> publishers = new ArrayList<>();
    private final List<ServiceProcess> subscribers = new ArrayList<>();

    /** Audited for a round, so that no process leaves in the midst of it. */
    private final ReentrantLock round = new ReentrantLock(true);

    private final AtomicLong rounds = new AtomicLong();
    private final Thread thread = new Thread(this::run, "checked-traffic");
    private volatile boolean isStopped;
    private volatile @Nullable Throwable failure;

    void start() {
        thread.start();
    }

    /** Lets a process take part from the next round on. */
    void add(ServiceProcess process, boolean isPublisher) {
        change(() -> (isPublisher ? publishers : subscribers).add(process));
    }

    /** Lets a process take part no more. */
    void remove(ServiceProcess process) {
        change(() -> {
            publishers.remove(process);
            subscribers.remove(process);
        });
    }

    private void change(Runnable change) {
        round.lock();
        try {
            change.run();
        } finally {
            round.unlock();
        }
    }

    /** Returns how many rounds are done. */
    long rounds() {
        Throwable failed = failure;
        if (failed != null) {
            throw new AssertionError("round " + rounds.get() + " failed", failed);
        }
        return rounds.get();
    }

    private void run() {
        try {
            while (!isStopped) {
                round.lock();
                try {
                    round(rounds.get());
                } finally {
                    round.unlock();
                }
                rounds.incrementAndGet();
            }
        } catch (IOException | AssertionError | RuntimeException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void round(long number) throws IOException, InterruptedException {
        String key = "user:" + number % 7 + ":name";
        for (ServiceProcess subscriber : subscribers) {
            store(subscriber, key, number);
        }
        String selector =
                switch ((int) (number % 3)) {
                    case 0 -> "\"keys\":[\"" + key + "\"]";
                    case 1 -> "\"tags\":[\"tag-" + key + "\"]";
                    default -> "\"prefixes\":[\"" + key.replace("name", "") + "\"]";
                };
        ServiceProcess publisher = publishers.get((int) (number % publishers.size()));
        String body = "{\"region\":\"" + REGION + "\"," + selector + "}";
        HttpResponse<String> published = send(request(publisher.at("/v1/invalidations"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        Matcher position = POSITION.matcher(published.body());
        expect(published.statusCode() == 200 && position.find(), "publish " + selector, published);
        for (ServiceProcess subscriber : subscribers) {
            HttpResponse<String> read = send(request(entry(subscriber, key)).header("Min-Position", position.group(1)));
            expect(read.statusCode() == 404, "after " + selector + " at " + position.group(1), read);
        }
    }

    private void store(ServiceProcess subscriber, String key, long number) throws IOException, InterruptedException {
        HttpResponse<String> read = send(request(entry(subscriber, key)));
        expect(read.statusCode() == 404, "a new round's read of " + key, read);
        HttpResponse<String> stored = send(request(entry(subscriber, key))
                .header("Lease", read.headers().firstValue("Lease").orElse(""))
                .header("Cache-Tag", "tag-" + key)
                .header("Cache-Control", "max-age=600")
                .PUT(BodyPublishers.ofString("value of round " + number)));
        expect(stored.statusCode() == 204, "store " + key, stored);
        HttpResponse<String> again = send(request(entry(subscriber, key)));
        expect(again.statusCode() == 200, "read what was stored as " + key, again);
    }

    /** Publishes, and waits until every member has applied it. Returns the answer. */
    String publishToAll(ServiceProcess publisher) throws IOException, InterruptedException {
        String body = "{\"region\":\"" + REGION + "\",\"keys\":[\"awaited\"]}";
        HttpResponse<String> answer = send(request(publisher.at("/v1/invalidations?await=applied&timeout=PT20S"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        expect(answer.statusCode() == 200, "await=applied", answer);
        return answer.body();
    }

    private static URI entry(ServiceProcess subscriber, String key) {
        return subscriber.at("/v1/regions/" + REGION + "/entries/" + key);
    }

    private static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri).timeout(TIMEOUT);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static void expect(boolean isSo, String what, HttpResponse<String> answer) {
        if (!isSo) {
            throw new AssertionError(what + ": " + answer.request().uri() + " answered " + answer.statusCode() + " "
                    + answer.headers().map() + " " + answer.body());
        }
    }

    @Override
    public void close() {
        isStopped = true;
        try {
            thread.join(TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

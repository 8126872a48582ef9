package dev.freshet.e2e.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks a running demo from outside, since what it says of itself proves nothing: writes a user through one replica, and reads it
 * through the other one after the bound. Such a read never returns an older version, whatever the demo breaks meanwhile.
 */
final class CheckedReads {

    private static final Pattern VERSION = Pattern.compile("\"version\":([0-9]+)");
    private static final Duration BOUND = Duration.ofMillis(1_050);
    private static final Duration TIMEOUT = Duration.ofSeconds(35);

    /** A user whom the load seldom takes. */
    private static final String USER = "/users/299";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI writer;
    private final URI reader;
    private final CompletableFuture<Integer> checked = new CompletableFuture<>();
    private volatile boolean isOver;

    private CheckedReads(URI writer, URI reader) {
        this.writer = writer;
        this.reader = reader;
    }

    static CheckedReads start(URI writer, URI reader) {
        CheckedReads checked = new CheckedReads(writer, reader);
        Thread thread = new Thread(checked::check, "checked-reads");
        thread.setDaemon(true);
        thread.start();
        return checked;
    }

    private void check() {
        int reads = 0;
        try {
            while (!isOver) {
                try {
                    String written = send(HttpRequest.newBuilder(writer.resolve(USER))
                            .PUT(HttpRequest.BodyPublishers.ofString("Checked")));
                    long least = Long.parseLong(written.substring(0, written.indexOf(' ')));
                    // The reader has the entry before the next write, and its bound is over before it is asked.
                    LockSupport.parkNanos(BOUND.toNanos());
                    Matcher found = VERSION.matcher(send(HttpRequest.newBuilder(reader.resolve(USER))));
                    if (found.find()) {
                        reads++;
                        if (Long.parseLong(found.group(1)) < least) {
                            throw new AssertionError("read version " + found.group(1) + ", more than a second after "
                                    + least + " was acknowledged");
                        }
                    }
                } catch (IOException e) {
                    // It was killed, or the demo has ended.
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                }
            }
            checked.complete(reads);
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            checked.completeExceptionally(e);
        }
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("answered " + answer.statusCode());
        }
        return answer.body();
    }

    /** Stops, and returns how many reads were checked. */
    int stop() {
        isOver = true;
        return checked.join();
    }
}

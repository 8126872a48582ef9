package dev.freshet.demo.show;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes once in each of the four ways and reports what readers find: write-aside (the next reader loads) and write-through
 * (it need not), over HTTP as from any language, and in Java.
 */
public final class WriteStrategies {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    private static final Pattern VERSION = Pattern.compile("\"version\"\\s*:\\s*([0-9]{1,18})");

    private final HttpClient http;
    private final List<URI> replicas;
    private final long user;

    /**
     * @param replicas the addresses of the application's replicas; at least one
     * @param user a user whom nobody else writes, but perhaps with a whole team
     */
    public WriteStrategies(HttpClient http, List<URI> replicas, long user) {
        this.http = http;
        this.replicas = List.copyOf(replicas);
        this.user = user;
    }

    /** Writes and reads; returns a line for each way. Blocks for some milliseconds a way, and for a bounded time. */
    public List<String> show() {
        List<String> lines = new ArrayList<>();
        lines.add("Four ways to write, each through replica 1 and read again through replica " + replicas.size() + ":");
        lines.add(line("over HTTP, write-aside", "/users/" + user, "", "name"));
        lines.add(line("over HTTP, write-through", "/users/" + user, "?write=through", "name"));
        lines.add(line("in Java, region.afterWrite", "/mottos/1", "?write=aside", "motto"));
        lines.add(line("in Java, region.write", "/mottos/1", "", "motto"));
        return lines;
    }

    private String line(String way, String path, String query, String field) {
        String text = way.replaceAll("[^a-zA-Z]+", " ") + System.nanoTime();
        try {
            for (URI replica : replicas) {
                read(replica, path);
            }
            long putNanos = System.nanoTime();
            HttpResponse<String> answer = http.send(
                    request(replicas.get(0), path + query)
                            .PUT(HttpRequest.BodyPublishers.ofString("{\"" + field + "\":\"" + text + "\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                return label(way) + "not shown: the replica answered " + answer.statusCode();
            }
            long answeredNanos = System.nanoTime();
            boolean isHit = isHit(read(replicas.get(0), path));
            for (int reads = 1; System.nanoTime() - answeredNanos < MAX_WAIT.toNanos(); reads++) {
                String found = read(replicas.get(replicas.size() - 1), path).body();
                if (found.contains(text) || isLater(found, answer.body())) {
                    return label(way) + "written in " + millis(answeredNanos - putNanos) + ", then "
                            + (isHit ? "a hit" : "a miss, loaded,") + " in replica 1; the new value in replica "
                            + replicas.size() + " at read " + reads + ", " + millis(System.nanoTime() - answeredNanos)
                            + " later";
                }
            }
            return label(way) + "the new value was not seen in " + MAX_WAIT.toSeconds() + " s";
        } catch (IOException e) {
            return label(way) + "not shown: " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return label(way) + "not shown";
        }
    }

    /** Returns whether a user was written once more meanwhile, as when the load renames the whole team. Mottos have no version. */
    static boolean isLater(String found, String written) {
        long version = version(written);
        return version >= 0 && version(found) > version;
    }

    private static long version(String json) {
        Matcher version = VERSION.matcher(json);
        return version.find() ? Long.parseLong(version.group(1)) : -1;
    }

    private HttpResponse<String> read(URI replica, String path) throws IOException, InterruptedException {
        return http.send(request(replica, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(URI replica, String path) {
        return HttpRequest.newBuilder(replica.resolve(path)).timeout(TIMEOUT);
    }

    private static boolean isHit(HttpResponse<String> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("").contains("; hit");
    }

    private static String label(String way) {
        return String.format(Locale.ROOT, "  %-28s", way + ":");
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }
}

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Waits until a subscriber is ready, then uses each of its routes once. {@code build-runtime} runs it from source. */
final class Exercise {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private Exercise() {}

    public static void main(String[] ports) throws Exception {
        String data = "http://127.0.0.1:" + ports[0] + "/v1/regions";
        String management = "http://127.0.0.1:" + ports[1];
        long sinceNanos = System.nanoTime();
        while (!isReady(management + "/health/ready")) {
            if (System.nanoTime() - sinceNanos > PATIENCE_NANOS) {
                throw new IllegalStateException("the subscriber did not become ready within 30 s");
            }
            Thread.sleep(50);
        }
        String entry = data + "/archive/entries/one";
        String lease = send(to(entry).GET()).headers().firstValue("Lease").orElseThrow();
        send(to(entry)
                .PUT(HttpRequest.BodyPublishers.ofString("1"))
                .header("Lease", lease)
                .header("Content-Type", "text/plain")
                .header("Cache-Tag", "a, b"));
        send(to(entry).GET());
        send(to(entry).DELETE());
        send(to(data).GET());
        for (String path : new String[] {"/health/live", "/health/started", "/metrics"}) {
            send(to(management + path).GET());
        }
        // Time for two more heartbeats.
        Thread.sleep(1_500);
    }

    private static boolean isReady(String uri) throws InterruptedException {
        try {
            return send(to(uri).GET()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static HttpRequest.Builder to(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).version(HttpClient.Version.HTTP_1_1);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}

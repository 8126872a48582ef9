import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Waits until a subscriber is ready, then uses each of its routes once, and its RESP port. {@code build-runtime} runs it from source. */
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
        useRespPort(Integer.parseInt(ports[2]));
        // Time for two more heartbeats.
        Thread.sleep(1_500);
    }

    /** Reads from Redis and from copies, writes, and waits for a barrier. The last answer says that all others came. */
    private static void useRespPort(int port) throws IOException, InterruptedException {
        for (String hello : new String[] {"PING", "HELLO 3"}) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                BufferedReader answers = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                for (int i = 0; i < 10; i++) {
                    socket.getOutputStream()
                            .write((hello + "\r\nSET copies:a 1 EX 100\r\nGET copies:a\r\nEVAL \"return 1\" 0\r\nECHO end\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                    readTo(answers, "end");
                    Thread.sleep(20);
                    socket.getOutputStream()
                            .write("GET copies:a\r\nMGET copies:a\r\nEXISTS copies:a\r\nTTL copies:a\r\nECHO end\r\n"
                                    .getBytes(StandardCharsets.ISO_8859_1));
                    readTo(answers, "end");
                }
            }
        }
    }

    private static void readTo(BufferedReader answers, String last) throws IOException {
        for (String line = answers.readLine(); !last.equals(line); line = answers.readLine()) {
            if (line == null) {
                throw new IOException("the RESP port closed the connection");
            }
        }
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

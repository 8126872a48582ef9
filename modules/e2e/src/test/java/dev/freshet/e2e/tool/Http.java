package dev.freshet.e2e.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Requests of a test, which fails with what goes wrong on the way. */
public final class Http {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Http() {}

    public static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Publishes what must be accepted. */
    public static void publish(ServiceProcess publisher, String body) {
        publish(publisher, "application/json", body);
    }

    /**
     * Publishes what must be accepted.
     *
     * @param headers names, each with its value
     */
    public static void publish(ServiceProcess publisher, String type, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(publisher.at("/v1/invalidations"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        HttpResponse<String> done = send(request);
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    }
}

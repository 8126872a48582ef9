package dev.freshet.demo.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks a replica how it is, and what it has applied. */
@FunctionalInterface
public interface Report {

    /**
     * Asks once. Blocks for a bounded time.
     *
     * @throws IOException if there is no answer
     */
    void ask(Member member) throws IOException, InterruptedException;

    /** Returns a page. */
    static String page(HttpClient http, URI uri) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofMillis(500)).build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(uri + " answers " + answer.statusCode());
        }
        return answer.body();
    }
}

package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams of changes: lines are done in order, up to the first line that fails. */
final class NdjsonTest {

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(publisher, "http.maximum-line", "1kB");

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void everyLineIsPublishedInOrder() {
        HttpResponse<String> response =
                app.postLines(line("users", "a"), "", line("orders", "b") + "\r", "  ", line("users", "c"));

        assertThat(response.statusCode()).isEqualTo(200);
        JsonObject answer = PublisherHarness.json(response);
        assertThat(answer.getInteger("invalidations")).isEqualTo(3);
        assertThat(answer.getJsonObject("positions"))
                .isEqualTo(new JsonObject().put("orders", "0000000000c0ffee-1").put("users", "0000000000c0ffee-2"));
        assertThat(publisher.log().stream().map(FakePublisher.Published::region))
                .containsExactly("users", "orders", "users");
    }

    @Test
    void anEmptyStreamIsDoneAtOnce() {
        HttpResponse<String> response = app.postLines("");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(PublisherHarness.json(response).getInteger("invalidations")).isZero();
    }

    @Test
    void aStreamBrokenInLineSevenOfNineHasDoneSix() {
        String[] lines = IntStream.rangeClosed(1, 9)
                .mapToObj(i -> line("users", "k" + i))
                .toArray(String[]::new);
        lines[6] = "{\"region\":\"users\",\"keys\":[\"a\",\"\"]";

        HttpResponse<String> response = app.postLines(lines);

        assertThat(response.statusCode()).isEqualTo(400);
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getInteger("line")).isEqualTo(7);
        assertThat(problem.getInteger("invalidations")).isEqualTo(6);
        assertThat(problem.getJsonObject("positions").getString("users")).isEqualTo("0000000000c0ffee-6");
        assertThat(problem.getString("detail"))
                .startsWith("Line 7: ")
                .endsWith(" The 6 objects before it are done; nothing after it is.");
        assertThat(problem.getJsonArray("faults").getJsonObject(0).getString("field"))
                .isEqualTo("keys[1]");
        assertThat(publisher.log()).hasSize(6);
    }

    @Test
    void aLineThatIsNotConfirmedEndsTheStreamThere() {
        publisher.becomeUnavailable(
                new UnavailableException(
                        UnavailableException.Reason.REDIS_AWAY, "Redis is unavailable", true, Duration.ofSeconds(1)),
                2);

        HttpResponse<String> response =
                app.postLines(line("users", "a"), line("users", "b"), line("users", "c"), "bad");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("1");
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getInteger("line")).isEqualTo(3);
        assertThat(problem.getInteger("invalidations")).isEqualTo(2);
        assertThat(problem.getString("detail")).endsWith("are done; repeat from this line on.");
    }

    @Test
    void nothingAfterALineThatIsTooBroadIsPublishedHoweverSoonThatIsKnown() {
        publisher.refuseBroad();
        try (PublisherHarness limited = PublisherHarness.start(publisher, "broad.maximum-entries", "1")) {
            HttpResponse<String> response = limited.postLines(
                    line("users", "a"),
                    "{\"region\":\"users\",\"tags\":[\"t\"]}",
                    line("users", "c"),
                    line("orders", "d"));

            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(PublisherHarness.json(response).getInteger("line")).isEqualTo(2);
            assertThat(PublisherHarness.json(response).getInteger("invalidations"))
                    .isEqualTo(1);
            assertThat(publisher.log()).hasSize(1);
        }
    }

    @Test
    void aLineOverTheLimitIsNamed() {
        for (String tooLong : List.of(line("users", "x".repeat(1000)), "x".repeat(5_000_000))) {
            HttpResponse<String> response = app.postLines(line("users", "a"), tooLong, line("users", "b"));

            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(PublisherHarness.json(response).getInteger("line")).isEqualTo(2);
            assertThat(PublisherHarness.json(response).getInteger("invalidations"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aDryRunTakesOneObjectOnly() {
        HttpResponse<String> response = app.post(
                "?dryRun=true", "application/x-ndjson", line("users", "a").getBytes(UTF_8));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(publisher.log()).isEmpty();
    }

    @Test
    void aHundredThousandLinesPassThroughBoundedMemory() {
        int lines = 100_000;
        publisher.hold();
        AtomicLong sent = new AtomicLong();
        CompletableFuture<HttpResponse<String>> response = app.postAsync("application/x-ndjson", lines(lines, sent));

        // Nothing is appended, so the client is held back long before it has sent everything.
        await().until(() -> publisher.queuedInvalidations() >= 8192);
        await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        assertThat(sent.get()).isLessThan(lines);
        assertThat(app.metric("freshet_publisher_request_bytes")).isBetween(1.0, 1e7);

        await().pollInterval(Duration.ofMillis(2)).until(() -> {
            publisher.letGo(1000);
            return response.isDone();
        });
        assertThat(response.join().statusCode()).isEqualTo(200);
        assertThat(PublisherHarness.json(response.join()).getInteger("invalidations"))
                .isEqualTo(lines);
        assertThat(publisher.log()).hasSize(lines);
        assertThat(publisher.maximumQueued()).isLessThanOrEqualTo(8192);
        assertThat(app.metric("freshet_publisher_request_bytes")).isZero();
    }

    @Test
    void aStreamWaitsWhileOthersFillTheQueue() {
        publisher.setQueuedByOthers(60_000);
        CompletableFuture<HttpResponse<String>> response =
                app.postAsync("application/x-ndjson", BodyPublishers.ofString(line("users", "a")));

        await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        assertThat(response).isNotDone();
        assertThat(publisher.log()).isEmpty();

        publisher.setQueuedByOthers(0);
        await().until(response::isDone);
        assertThat(response.join().statusCode()).isEqualTo(200);
    }

    @Test
    void aClientThatDisconnectsInTheMiddleLeavesNothingBehind() throws IOException {
        publisher.hold();
        try (Socket client =
                new Socket(InetAddress.getLoopbackAddress(), app.service().port())) {
            String lines = line("users", "a") + "\n" + line("users", "b") + "\n";
            client.getOutputStream()
                    .write(("POST /v1/invalidations HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                                    + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(lines.length())
                                    + "\r\n" + lines + "\r\n")
                            .getBytes(US_ASCII));
            await().until(() -> publisher.queuedInvalidations() == 2);
            assertThat(app.metric("freshet_publisher_request_bytes")).isPositive();
        }

        // The lines are still held: the bytes go because the client did.
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 0);
        publisher.letGoOfAll();

        assertThat(app.postLines(line("users", "c")).statusCode()).isEqualTo(200);
        assertThat(app.metric("freshet_publisher_request_bytes")).isZero();
    }

    @Test
    void aClientThatDisconnectsWhileItIsHeldBackLeavesNothingBehind() {
        publisher.hold();
        AtomicLong sent = new AtomicLong();
        CompletableFuture<HttpResponse<String>> response = app.postAsync("application/x-ndjson", lines(100_000, sent));
        await().until(() -> publisher.queuedInvalidations() >= 8192);

        // Nothing is read from a client that is held back, so it is missed when its lines are appended.
        response.cancel(true);
        publisher.letGoOfAll();
        await().until(() -> app.metric("freshet_publisher_request_bytes") == 0);

        assertThat(app.postLines(line("users", "a")).statusCode()).isEqualTo(200);
        assertThat(publisher.log().size()).isLessThan(100_000);
    }

    /** With it, 100,000 lines do not fit into socket buffers, so the client is held back. */
    private static final String PADDING = ":" + "x".repeat(480);

    /** Returns lines that are made while they are sent, and counts them. */
    private static BodyPublisher lines(int count, AtomicLong sent) {
        return BodyPublishers.ofByteArrays(() -> IntStream.range(0, count)
                .mapToObj(i -> {
                    sent.incrementAndGet();
                    return (line("users", "key:" + i + PADDING) + "\n").getBytes(UTF_8);
                })
                .iterator());
    }

    private static String line(String region, String key) {
        return "{\"region\":\"" + region + "\",\"keys\":[\"" + key + "\"]}";
    }
}

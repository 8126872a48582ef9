package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the console's port bounds, and what it does while Redis or a viewer is gone. */
final class ConsoleBoundsTest extends OpenConsole {

    @Test
    void moreViewersThanMayAreRefusedAndOneWhoLeavesMakesRoom() throws Exception {
        start("console.maximum-viewers", "2");
        try (Events first = new Events("/v1/events", "any")) {
            try (Events second = new Events("/v1/events", "any")) {
                first.next("state");
                second.next("state");
                HttpResponse<String> third = send(request("/v1/events"));
                assertThat(third.statusCode()).isEqualTo(503);
                assertThat(third.body()).contains("too-many-viewers", "console.maximum-viewers");
                assertThat(app.metric("freshet_console_refused_total{reason=\"too-many\"}"))
                        .isEqualTo(1);
            }
            await().until(() -> app.metric("freshet_console_viewers") == 1);
            try (Events another = new Events("/v1/events", "any")) {
                another.next("state");
            }
        }
    }

    /** Its socket's buffers fill with large records. Until they do, it is as fast as any. */
    @Test
    @Tag("ci")
    void aViewerThatDoesNotReadIsDropped() throws Exception {
        start("console.show-keys", "*");
        String names = IntStream.range(0, 50)
                .mapToObj(i -> '"' + "k".repeat(500) + i + '"')
                .collect(Collectors.joining(","));
        app.postJson("{\"region\":\"users\",\"keys\":[" + names + "]}");
        try (Socket deaf = new Socket(InetAddress.getLoopbackAddress(), port)) {
            deaf.getOutputStream()
                    .write("GET /v1/events?region=users HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> app.metric("freshet_console_viewers") == 1);
            await().until(() -> {
                app.postJson("{\"region\":\"users\",\"keys\":[" + names + "]}");
                return app.metric("freshet_console_refused_total{reason=\"slow\"}") == 1;
            });
            await().until(() -> app.metric("freshet_console_viewers") == 0);
        }
    }

    @Test
    void whileRedisIsUnavailableTheVerdictSaysSoAndItGoesOn() throws Exception {
        start();
        join("r1");
        try (Events events = new Events("/v1/events", "any")) {
            assertThat(events.next("state").getJsonObject("verdict").getString("level"))
                    .isEqualTo("green");
            redis.server().kill();
            JsonObject verdict = events.next("state").getJsonObject("verdict");
            while (!verdict.getString("level").equals("red")) {
                verdict = events.next("state").getJsonObject("verdict");
            }
            assertThat(verdict.getString("sentence")).contains("Redis cannot be asked");
            assertThat(app.metric("freshet_console_failures_total")).isPositive();
            redis.server().start();
            while (!verdict.getString("level").equals("green")) {
                verdict = events.next("state").getJsonObject("verdict");
            }
        }
    }

    @Test
    void aBrowserHearsThatThePublisherLivesWhileALookTakesLong() throws Exception {
        start();
        redis.server().pause();
        try (Events events = new Events("/v1/events", "any")) {
            for (int beats = 0; beats < 2; beats++) {
                assertThat(events.lines.readLine()).isEqualTo(":");
                assertThat(events.lines.readLine()).isEmpty();
            }
        } finally {
            redis.server().resume();
        }
    }

    @Test
    void aStopEndsTheStreamsAtOnce() throws Exception {
        start("shutdown.timeout", "1m");
        Events events = new Events("/v1/events", "any");
        events.next("state");
        app.close();
        open.remove(app);
        assertThat(events.lines.lines().count()).as("it ends").isGreaterThanOrEqualTo(0);
        events.close();
    }
}

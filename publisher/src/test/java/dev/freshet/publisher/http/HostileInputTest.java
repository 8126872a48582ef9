package dev.freshet.publisher.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.hostile.HttpFuzz;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.fuzz.Fuzz;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a client sends, it gets an answer that says what is wrong with it, at once, and the log stays quiet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileInputTest {

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(publisher);
    private LogWatch log = LogWatch.start();

    @AfterAll
    void stop() {
        app.close();
    }

    @BeforeEach
    void watch() {
        log.close();
        log = LogWatch.start();
    }

    @AfterEach
    void theLogIsQuiet() {
        log.close();
        assertThat(log.alarms()).isEmpty();
    }

    static List<String> objectsBeyondJacksonsLimits() {
        String inRegion = "{\"region\":\"users\",\"keys\":[\"a\"],";
        return List.of(
                inRegion + "\"more\":" + "[".repeat(16) + "]".repeat(16) + "}",
                inRegion + "\"more\":" + "{\"a\":".repeat(16) + "1" + "}".repeat(16) + "}",
                "[".repeat(17) + "]".repeat(17),
                inRegion + "\"" + "n".repeat(1001) + "\":1}",
                inRegion + "\"" + "n".repeat(500_000) + "\":1}",
                inRegion + "\"version\":" + "9".repeat(101) + "}",
                inRegion + "\"version\":" + "9".repeat(100_000) + "}",
                inRegion + "\"version\":1." + "9".repeat(101) + "}",
                inRegion + "\"version\":1e" + "9".repeat(101) + "}",
                inRegion + "\"version\":1e2147483648}",
                inRegion + "\"more\":-" + "9".repeat(101) + "}",
                inRegion + "\"changedAt\":\"+1000000000-12-31T23:59:59.999999999Z\"}",
                inRegion + "\"changedAt\":\"-1000000000-01-01T00:00:00Z\"}",
                inRegion + "\"changedAt\":\"+999999999-12-31T24:00:00Z\"}",
                inRegion + "\"changedAt\":\"" + "9".repeat(100_000) + "-01-01T00:00:00Z\"}",
                inRegion + "\"changedAt\":\"2026-01-01T00:00:00+18:00:00.1\"}",
                "{\"region\":\"" + "u".repeat(500_000) + "\",\"keys\":[\"a\"]}",
                "\u0000{\u0000}",
                "{\u0000\u0000\u0000}\u0000\u0000\u0000");
    }

    @ParameterizedTest
    @MethodSource("objectsBeyondJacksonsLimits")
    void aLimitOfTheJsonReaderIsAFaultOfTheObject(String object) {
        assertRefused(answerTo("application/json", object));
    }

    @ParameterizedTest
    @MethodSource("objectsBeyondJacksonsLimits")
    void aLimitOfTheJsonReaderIsAFaultOfItsLine(String object) {
        String good = "{\"region\":\"users\",\"keys\":[\"a\"]}\n";
        RawConnection.Answer answer = answerTo("application/x-ndjson", good + object + "\n" + good);

        assertRefused(answer);
        assertThat(new JsonObject(answer.body()).getInteger("line")).isEqualTo(2);
        assertThat(new JsonObject(answer.body()).getInteger("invalidations")).isEqualTo(1);
    }

    @Test
    void aTargetThatCannotBeDecodedIsRefused() {
        for (String target : List.of("?await=%zz", "?%", "?await=%ff%fe", "/%zz", "%00")) {
            assertThat(answer("POST /v1/invalidations" + target
                                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 2\r\n\r\n{}")
                            .status())
                    .as(target)
                    .isIn(400, 404);
        }
    }

    @Test
    void randomRequestsLeadToNoErrorOfTheServer() {
        long requests =
                HttpFuzz.run(app.service().port(), Path.of("src/test/resources/fuzz/requests.txt"), answer -> false);

        assertThat(requests).as("requests beside the corpus").isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
    }

    private RawConnection.Answer answerTo(String contentType, String body) {
        return answer("POST /v1/invalidations HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + contentType
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private RawConnection.Answer answer(String request) {
        try (RawConnection connection = RawConnection.to(app.service().port(), 20_000)) {
            return connection.send(request).read();
        }
    }

    private void assertRefused(RawConnection.Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.body()).doesNotContain("Exception", "jackson", "StreamReadConstraints");
        assertThat(new JsonObject(answer.body()).getJsonArray("faults")).isNotEmpty();
    }
}

package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.hostile.HttpFuzz;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.fuzz.Fuzz;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a client sends, it gets an answer that says what is wrong with it, at once, and the log stays quiet. */
final class HostileInputTest extends EntriesServerBench {

    private LogWatch log = LogWatch.start();

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

    @Test
    void aContentTypeThatNoAnswerCanCarryIsRefused() {
        for (String bad : List.of("a\u000bb", "a\u0000b", "a\u007fb", "a\fb", "text/plain\u0001")) {
            Answer stored = http.put("/v1/regions/warm/entries/bad", "x", "Content-Type", bad);
            assertThat(stored.status()).as(stored.toString()).isEqualTo(400);
            assertThat(http.get("/v1/regions/warm/entries/bad").status()).isEqualTo(404);
        }
    }

    @Test
    void aTargetWithoutAPathIsRefused() {
        for (String request : List.of("OPTIONS *", "CONNECT localhost:1", "GET ?", "GET x")) {
            try (RawConnection connection = RawConnection.to(port(), 20_000)) {
                RawConnection.Answer answer = connection
                        .send(request + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .read();
                assertThat(answer.status()).as(request + ": " + answer).isIn(400, 404);
            }
        }
    }

    @Test
    void randomRequestsLeadToNoErrorOfTheServer() {
        long requests = HttpFuzz.run(port(), Path.of("src/test/resources/fuzz/requests.txt"), answer -> answer.body()
                .contains("position-not-reached"));

        assertThat(requests).as("requests beside the corpus").isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
    }
}

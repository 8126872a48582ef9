package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Position;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A read whose body never comes is refused at its deadline; what it waited for is not given to it afterwards. */
final class SlowRequestsTest extends EntriesServerBench {

    private LogWatch log = LogWatch.start();

    @Override
    List<String> moreSettings() {
        return List.of("http.request-timeout", "300ms");
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

    private void readWithoutItsBody(String key, String header) {
        try (RawConnection connection = RawConnection.to(port())) {
            RawConnection.Answer answer = connection
                    .send("GET " + USERS + key + " HTTP/1.1\r\nHost: localhost\r\n" + header
                            + "\r\nContent-Length: 1\r\n\r\n")
                    .read();
            assertThat(answer.status()).isEqualTo(408);
            connection.awaitClose();
        }
    }

    @Test
    void aReadThatWaitedForALoadGetsNoLease() {
        String lease = http.get(USERS + "k").required("Lease");
        readWithoutItsBody("k", "Prefer: wait=60");
        Awaitility.await().until(() -> cache().stats().loadWaiters() == 0);

        JsonObject failed = new JsonObject().put("key", "k").put("lease", lease);
        byte[] release =
                new JsonObject().put("leases", List.of(failed)).toBuffer().getBytes();
        assertThat(http.send("POST", "/v1/regions/users/entries:release", release, "Content-Type", "application/json")
                        .text())
                .contains("\"released\":1");
        assertThat(cache().stats().leases()).isZero();
    }

    @Test
    void aReadThatWaitedForAPositionGetsNoLease() throws Exception {
        users.awaited = new CompletableFuture<>();
        readWithoutItsBody("k", "Min-Position: " + new Position(EPOCH, 8));
        assertThat(server.waitingReads()).isEqualTo(1);

        users.awaited.complete(true);
        Awaitility.await().until(() -> server.waitingReads() == 0);
        await(vertx.close()); // The event loop has run to its end what the wait led to.
        assertThat(cache().stats().leases()).isZero();
    }
}

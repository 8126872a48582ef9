package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.cache.CachedRegion;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.subscriber.region.StoredValue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Whatever becomes of a request, the bytes that its body held are free for others then. */
final class BodyMemoryTest extends EntriesServerBench {

    private static final String CHUNK = "3e8\r\n" + "x".repeat(1_000) + "\r\n";

    private static final String BEGUN =
            "PUT " + USERS + "k HTTP/1.1\r\nHost: x\r\nLease: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK;

    /** Begins to store a value, of which 1000 bytes arrive. */
    private static void begin(RawConnection connection, EntriesServer to) {
        connection.send(BEGUN);
        Awaitility.await().until(() -> to.bodyBytes() == 1_000);
    }

    @Test
    void aStoredBodyHoldsNone() throws Exception {
        EntriesServer to = serverOf(cache(), region("users"), users);
        try (RawConnection connection = RawConnection.to(to.port())) {
            begin(connection, to);
            assertThat(connection.send("0\r\n\r\n").read().status()).isEqualTo(409);
            assertThat(to.bodyBytes()).isZero();
        }
    }

    @Test
    void theBodyOfAClientThatDisconnectsHoldsNone() throws Exception {
        EntriesServer to = serverOf(cache(), region("users"), users);
        try (RawConnection connection = RawConnection.to(to.port())) {
            begin(connection, to);
        }
        Awaitility.await().until(() -> to.bodyBytes() == 0);
    }

    @Test
    void aMalformedBodyHoldsNone() throws Exception {
        EntriesServer to = serverOf(cache(), region("users"), users);
        try (RawConnection connection = RawConnection.to(to.port())) {
            begin(connection, to);
            assertThat(connection.send("x\r\n").read().status()).isEqualTo(400);
        }
        Awaitility.await().until(() -> to.bodyBytes() == 0);
    }

    @Test
    void aBodyThatComesTooSlowlyHoldsNone() throws Exception {
        EntriesServer to = serverOf(cache(), region("users"), users, "http.request-timeout", "100ms");
        try (RawConnection connection = RawConnection.to(to.port())) {
            assertThat(connection.send(BEGUN).read().status()).isEqualTo(408);
        }
        Awaitility.await().until(() -> to.bodyBytes() == 0);
    }

    @Test
    void aBodyThatIsTooLargeHoldsNone() throws Exception {
        assertThatATooLargeBodyHoldsNone(region("users"), 413);
    }

    @Test
    void aTooLargeBodyAtWhichTheRegionThrowsHoldsNone() throws Exception {
        assertThatATooLargeBodyHoldsNone(broken(CachedRegion.class), 500);
    }

    private void assertThatATooLargeBodyHoldsNone(CachedRegion<StoredValue> region, int status) throws Exception {
        EntriesServer to = serverOf(cache(), region, users, "http.maximum-entry", "1KiB");
        try (RawConnection connection = RawConnection.to(to.port())) {
            begin(connection, to);
            assertThat(connection.send(CHUNK).read().status()).isEqualTo(status);
            assertThat(to.bodyBytes()).isZero();
        }
    }
}

package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Selector;
import dev.freshet.subscriber.RawHttp.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of the data port: storing and evicting. */
class EntriesServerStoreTest extends EntriesServerBench {

    // ---- Storing

    @Test
    void aSlowLoadLosesToAnInvalidationOfItsKey() {
        String lease = http.get(USERS + "user:1").required("Lease");
        apply(Selector.keys("user:1"));
        assertRefused(put("user:1", "Lease", lease), "invalidated");
        assertThat(http.get(USERS + "user:1").status()).isEqualTo(404);
    }

    @Test
    void aSlowLoadLosesToAnInvalidationOfItsTag() {
        String lease = http.get(USERS + "user:1").required("Lease");
        apply(Selector.tags("team:7"));
        assertRefused(put("user:1", "Lease", lease, "Cache-Tag", "role:1, team:7"), "invalidated");
    }

    @Test
    void aSlowLoadLosesToAReset() {
        String lease = http.get(USERS + "user:1").required("Lease");
        cache().reset(ResetReason.TRIMMED);
        assertRefused(put("user:1", "Lease", lease), "reset");
    }

    @Test
    void anExpiredLeaseIsRefused() {
        String lease = http.get(USERS + "user:1").required("Lease");
        clock.advance(Duration.ofSeconds(11));
        assertRefused(put("user:1", "Lease", lease), "expired");
    }

    @Test
    void aLeaseIsGoodForOneStore() {
        String lease = http.get(USERS + "user:1").required("Lease");
        assertThat(put("user:1", "Lease", lease).status()).isEqualTo(204);
        assertRefused(put("user:1", "Lease", lease), "used");
    }

    @Test
    void aLeaseOfAnotherRegionIsForeign() {
        String lease = http.get("/v1/regions/careful/entries/user:1").required("Lease");
        assertRefused(put("user:1", "Lease", lease), "foreign");
    }

    @Test
    void aLeaseOfAnotherKeyIsForeign() {
        String lease = http.get(USERS + "user:2").required("Lease");
        assertRefused(put("user:1", "Lease", lease), "foreign");
    }

    @Test
    void whatIsNoLeaseIsRefusedAndNotTakenForNone() {
        assertRefused(put("user:1", "Lease", "let-me-in"), "unknown");
        Answer warm = http.put("/v1/regions/warm/entries/user:1", "x", "Lease", "let-me-in");
        assertRefused(warm, "unknown");
    }

    @Test
    void anAbsenceIsAnAnswerWithoutALeaseForAsLongAsItsStoreSays() {
        String lease = http.get(USERS + "user:1").required("Lease");
        Answer stored =
                http.put(USERS + "user:1", "", "Lease", lease, "Freshet-Absent", "true", "Cache-Control", "max-age=60");
        assertThat(stored.status()).as(stored.toString()).isEqualTo(204);
        clock.advance(Duration.ofSeconds(59));
        Answer absent = http.get(USERS + "user:1");
        assertThat(absent.status()).isEqualTo(404);
        assertThat(absent.header("Lease")).isNull();
        assertThat(absent.header("Age")).isEqualTo("59");
        assertThat(absent.header("Freshet-State")).isEqualTo("unconfirmed");
        clock.advance(Duration.ofSeconds(1));
        assertThat(http.get(USERS + "user:1").required("Lease")).isNotEmpty();
    }

    @Test
    void anAbsenceEndsWhenTheKeyIsInvalidatedAndLosesToThat() {
        String lease = http.get(USERS + "user:1").required("Lease");
        apply(Selector.keys("user:1"));
        assertRefused(http.put(USERS + "user:1", "", "Lease", lease, "Freshet-Absent", "true"), "invalidated");
        String next = http.get(USERS + "user:1").required("Lease");
        http.put(USERS + "user:1", "", "Lease", next, "Freshet-Absent", "true");
        assertThat(http.get(USERS + "user:1").header("Lease")).isNull();
        apply(Selector.prefixes("user:"));
        assertThat(http.get(USERS + "user:1").header("Lease")).isNotNull();
    }

    @Test
    void anAbsenceNeedsALeaseUnlessTheRegionAcceptsStoresWithout() {
        assertProblem(http.put(USERS + "k", "", "Freshet-Absent", "true"), 428, "lease-required");
        String warm = "/v1/regions/warm/entries/k";
        assertThat(http.put(warm, "", "Freshet-Absent", "true").status()).isEqualTo(204);
        assertThat(http.get(warm).header("Lease")).isNull();
    }

    @Test
    void anAbsenceThatGrowsOldGivesOneReaderALease() {
        String safe = "/v1/regions/safe/entries/k";
        http.put(safe, "", "Lease", http.get(safe).required("Lease"), "Freshet-Absent", "true");
        clock.advance(Duration.ofSeconds(61));
        assertThat(http.get(safe).header("Lease")).isNotNull();
        assertThat(http.get(safe).header("Lease")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"false", "1", "''", "TRUE"})
    void whatIsNeitherAnAbsenceNorAValueIs400(String absent) {
        assertFaults(http.put(USERS + "k", "", "Freshet-Absent", absent), "Freshet-Absent");
    }

    @Test
    void anAbsenceWithABodyIs400() {
        String lease = http.get(USERS + "k").required("Lease");
        assertFaults(http.put(USERS + "k", "x", "Lease", lease, "Freshet-Absent", "true"), "body");
        assertFaults(
                http.exchange(("PUT " + USERS + "k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nLease: " + lease
                                + "\r\nFreshet-Absent: true\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1)),
                "body");
        store("users", "k", "x", "Lease", lease);
    }

    @Test
    void aVersionBelowAnInvalidationsIsRefused() {
        applyVersion("user:1", 42);
        String lease = http.get(USERS + "user:1").required("Lease");
        assertRefused(put("user:1", "Lease", lease, "Entry-Version", "41"), "version");
        String again = http.get(USERS + "user:1").required("Lease");
        assertThat(put("user:1", "Lease", again, "Entry-Version", "42").status())
                .isEqualTo(204);
    }

    @Test
    void aStoreWithoutALeaseIs428UnlessTheRegionAcceptsIt() {
        assertProblem(put("user:1"), 428, "lease-required");
        assertThat(http.get(USERS + "user:1").status()).isEqualTo(404);
        assertThat(http.put("/v1/regions/warm/entries/user:1", "x").status()).isEqualTo(204);
        assertThat(http.get("/v1/regions/warm/entries/user:1").text()).isEqualTo("x");
    }

    @Test
    void anEntryLivesAsLongAsItsStoreSays() {
        fill("users", "short", "x", "Cache-Control", "max-age=60");
        fill("users", "region", "x");
        clock.advance(Duration.ofSeconds(59));
        assertThat(http.get(USERS + "short").status()).isEqualTo(200);
        clock.advance(Duration.ofSeconds(2));
        assertThat(http.get(USERS + "short").status()).isEqualTo(404);
        assertThat(http.get(USERS + "region").status()).isEqualTo(200);
        clock.advance(Duration.ofMinutes(10));
        assertThat(http.get(USERS + "region").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control | no-store",
                "Cache-Control | max-age=0",
                "Expires       | Thu, 01 Jan 1970 00:00:00 GMT",
                "Expires       | 0",
            })
    void whatMustNotBeKeptIsTakenAndNotKept(String header, String value) {
        fill("users", "k", "x", header, value);
        assertThat(http.get(USERS + "k").status()).isEqualTo(404);
    }

    @Test
    void aTagEvictsWhatWasStoredWithIt() {
        fill("users", "a", "x", "Cache-Tag", "team:7, role:admin");
        fill("users", "b", "x");
        apply(Selector.tags("role:admin"));
        assertThat(http.get(USERS + "a").status()).isEqualTo(404);
        assertThat(http.get(USERS + "b").status()).isEqualTo(200);
    }

    @Test
    void aValueOverTheLimitIs413WhetherAnnouncedOrStreamed() {
        String lease = http.get(USERS + "k").required("Lease");
        assertProblem(http.put(USERS + "k", "x".repeat(1025), "Lease", lease), 413, "too-large");

        String chunked = "PUT " + USERS + "k HTTP/1.1\r\nHost: h\r\nConnection: close\r\nLease: " + lease
                + "\r\nTransfer-Encoding: chunked\r\n\r\n" + ("200\r\n" + "y".repeat(512) + "\r\n").repeat(3)
                + "0\r\n\r\n";
        Answer streamed = http.exchange(chunked.getBytes(StandardCharsets.ISO_8859_1));
        assertProblem(streamed, 413, "too-large");
        assertThat(json(streamed).getLong("limitBytes")).isEqualTo(1024);

        assertThat(http.put(USERS + "k", "x".repeat(1024), "Lease", lease).status())
                .as("nothing was stored, so the lease is still valid")
                .isEqualTo(204);
    }

    @Test
    void aLargeBodyIsRefusedBeforeItIsSent() {
        String lease = http.get(USERS + "k").required("Lease");
        String head = "PUT " + USERS + "k HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nLease: "
                + lease + "\r\nContent-Length: 99999999999\r\n\r\n";
        assertProblem(http.exchange(head.getBytes(StandardCharsets.ISO_8859_1)), 413, "too-large");
    }

    @Test
    void aMegabyteThatIsRefusedStillGetsItsAnswer() {
        assertProblem(http.put(USERS + "k", "x".repeat(8 << 20), "Lease", "any"), 413, "too-large");
    }

    @Test
    void aValueOverTheLimitTakesTheOlderOneWithItIfItsLeaseIsGood() {
        String other = http.get(USERS + "k").required("Lease");
        String lease = http.get(USERS + "k").required("Lease");
        assertThat(http.put(USERS + "k", "old", "Lease", other).status()).isEqualTo(204);
        assertProblem(http.put(USERS + "k", "x".repeat(1025), "Lease", "any"), 413, "too-large");
        assertProblem(http.put(USERS + "k", "x".repeat(1025)), 413, "too-large");
        assertThat(http.get(USERS + "k").status()).as("nobody had the right to").isEqualTo(200);

        assertProblem(http.put(USERS + "k", "x".repeat(1025), "Lease", lease), 413, "too-large");
        assertThat(http.get(USERS + "k").status()).isEqualTo(404);
        assertThat(http.put(USERS + "k", "smaller", "Lease", lease).status())
                .as("the lease is good for a smaller form")
                .isEqualTo(204);
    }

    @Test
    void anEntryLargerThanItsRegionIs413() {
        String lease = http.get("/v1/regions/tiny/entries/k").required("Lease");
        assertProblem(http.put("/v1/regions/tiny/entries/k", "x".repeat(1000), "Lease", lease), 413, "too-large");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control    | max-age=soon",
                "Expires          | soon",
                "Cache-Tag        | a,,b",
                "Entry-Version    | -1",
                "Content-Encoding | gzip",
                "Content-Range    | bytes 0-1/2",
            })
    void aBadHeaderOfAStoreIs400AndNamed(String header, String value) {
        assertFaults(put("k", "Lease", "any", header, value), header);
    }

    @Test
    void allBadHeadersAreNamedAtOnce() {
        assertFaults(
                http.put(USERS + "%ff", "x", "Cache-Control", "max-age=x", "Cache-Tag", ",", "Entry-Version", "x"),
                "key",
                "Cache-Control",
                "Cache-Tag",
                "Cache-Tag",
                "Entry-Version");
    }

    // ---- Evicting

    @Test
    void deleteEvictsAndFences() {
        fill("users", "k", "x");
        String lease = http.get(USERS + "other").required("Lease");
        assertThat(http.delete(USERS + "k").status()).isEqualTo(204);
        assertThat(http.get(USERS + "k").status()).isEqualTo(404);
        assertThat(http.delete(USERS + "other").status()).isEqualTo(204);
        assertRefused(http.put(USERS + "other", "x", "Lease", lease), "invalidated");
    }

    @Test
    void entriesAndBytesBoundARegionTogether() {
        for (int i = 0; i < 40; i++) {
            store("both", "large:" + i, "x".repeat(1000));
        }
        Awaitility.await().until(() -> sizeOfBoth() <= 3);

        for (int i = 0; i < 40; i++) {
            store("both", "small:" + i, "x");
        }
        Awaitility.await().until(() -> sizeOfBoth() <= 5);
    }

    /** Reads first: Caffeine may leave what it has to remove after the last store to the next access. */
    private int sizeOfBoth() {
        http.get("/v1/regions/both/entries/none");
        return json(http.get("/v1/regions/both")).getInteger("size");
    }
}

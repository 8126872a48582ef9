package dev.freshet.subscriber.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Position;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.Background;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of the data port: the options of regions, which are off by default. */
class PoliciesTest extends EntriesServerBench {

    private static final String SAFE = "/v1/regions/safe/entries/";
    private static final String SPREAD = "/v1/regions/spread/entries/";

    private FakeSubscription subscription(String region) {
        return Objects.requireNonNull(subscriptions.get(region));
    }

    private void confirm(String region) {
        subscription(region).confirmation().confirm(time.nanoTime(), time.wallMicros(), time.wallMicros());
    }

    // ---- Resets spread over a time

    @Test
    void aSpreadResetServesOldEntriesForAWhileAndSaysHowOldTheirClaimIs() {
        IntStream.range(0, 30).forEach(i -> fill("spread", "k" + i, "x"));
        clock.advance(Duration.ofSeconds(1));
        cache("spread").reset(ResetReason.EPOCH);
        confirm("spread");
        clock.advance(Duration.ofSeconds(4));
        int served = 0;
        for (int i = 0; i < 30; i++) {
            Answer answer = http.get(SPREAD + "k" + i);
            if (answer.status() == 200) {
                served++;
                assertThat(answer.header("Freshet-Confirmed-Age")).isEqualTo("5.000");
                assertThat(answer.header("Freshet-State")).isEqualTo("confirmed");
            } else {
                assertThat(answer.header("Freshet-Confirmed-Age")).isEqualTo("4.000");
                assertThat(answer.required("Lease")).isNotEmpty();
            }
        }
        assertThat(served).isBetween(1, 29);
        clock.advance(Duration.ofSeconds(5));
        for (int i = 0; i < 30; i++) {
            assertThat(http.get(SPREAD + "k" + i).status()).isEqualTo(404);
        }
    }

    @Test
    void aReaderWithAPositionIsGivenNothingFromBeforeTheReset() {
        fill("spread", "k", "x");
        subscription("spread").position = new Position(EPOCH, 7);
        cache("spread").reset(ResetReason.TRIMMED);
        assertThat(http.get(SPREAD + "k").status()).isEqualTo(200);
        String position = new Position(EPOCH, 7).toString();
        assertThat(http.get(SPREAD + "k", "Min-Position", position).status()).isEqualTo(404);
        assertThat(http.send(
                                "POST",
                                "/v1/regions/spread/entries:batchGet",
                                "{\"keys\":[\"k\"]}".getBytes(UTF_8),
                                "Content-Type",
                                "application/json",
                                "Min-Position",
                                position)
                        .text())
                .contains("\"lease\"")
                .doesNotContain("\"value\"");
    }

    // ---- A load that failed

    @Test
    void aCallerWhoseLoadFailedGetsWhatWasValidLastMarkedAndBounded() {
        fill("safe", "k", "last", "Content-Type", "text/plain");
        clock.advance(Duration.ofSeconds(3));
        cache("safe").invalidate("k");
        clock.advance(Duration.ofMillis(5_250));
        confirm("safe");
        assertThat(http.get(SAFE + "k").status()).as("an ordinary read").isEqualTo(404);

        Answer stale = http.get(SAFE + "k", "Cache-Control", "no-transform, stale-if-error=30");
        assertThat(stale.status()).isEqualTo(200);
        assertThat(stale.text()).isEqualTo("last");
        assertThat(stale.header("Content-Type")).isEqualTo("text/plain");
        assertThat(stale.header("Freshet-State")).isEqualTo("stale");
        assertThat(stale.header("Freshet-Stale-For")).isEqualTo("5.250");
        assertThat(stale.header("Age")).isEqualTo("8");
        assertThat(stale.header("Lease")).isNull();

        Answer tooOld = http.get(SAFE + "k", "Cache-Control", "stale-if-error=5");
        assertThat(tooOld.status()).isEqualTo(404);
        assertThat(tooOld.header("Lease")).isNotNull();
        assertThat(json(http.get("/v1/regions/safe")).getLong("staleCopies")).isEqualTo(1);
        clock.advance(Duration.ofSeconds(55));
        confirm("safe");
        assertThat(http.get(SAFE + "k", "Cache-Control", "stale-if-error=3600").status())
                .as("the region's own limit")
                .isEqualTo(404);
    }

    @Test
    void aLoadThatFailedCountsMoreThanTheWishForAFreshValue() {
        fill("safe", "k", "x");
        Answer hit = http.get(SAFE + "k", "Cache-Control", "no-cache, stale-if-error=30");
        assertThat(hit.text()).isEqualTo("x");
    }

    @Test
    void aValidEntryIsAnOrdinaryHitAfterAFailureToo() {
        fill("safe", "k", "x");
        Answer hit = http.get(SAFE + "k", "Cache-Control", "stale-if-error=30");
        assertThat(hit.header("Freshet-State")).isEqualTo("confirmed");
        assertThat(hit.header("Freshet-Stale-For")).isNull();
    }

    @Test
    void aRegionThatIsNotFailSafeHasNothingToFallBackOn() {
        fill("users", "k", "x");
        cache().invalidate("k");
        assertThat(http.get(USERS + "k", "Cache-Control", "stale-if-error=30").status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stale-if-error", "stale-if-error=", "stale-if-error=soon", "stale-if-error=-1"})
    void aDirectiveThatIsNoNumberIs400(String directive) {
        assertFaults(http.get(SAFE + "k", "Cache-Control", directive), "Cache-Control");
    }

    // ---- Refreshing what is hot

    @Test
    void oneOfTheReadersOfAnAgedHitIsInvitedToLoadItAnew() {
        fill("safe", "k", "old");
        clock.advance(Duration.ofSeconds(60));
        Answer invited = http.get(SAFE + "k");
        assertThat(invited.text()).isEqualTo("old");
        String lease = invited.required("Lease");
        assertThat(http.get(SAFE + "k").header("Lease")).isNull();
        assertThat(http.put(SAFE + "k", "new", "Lease", lease).status()).isEqualTo(204);
        Answer fresh = http.get(SAFE + "k");
        assertThat(fresh.text()).isEqualTo("new");
        assertThat(fresh.header("Lease")).isNull();
    }

    // ---- One load a key

    @Test
    void aReaderThatPrefersToWaitIsGivenWhatAnotherOneStores() {
        String lease = http.get(USERS + "k").required("Lease");
        CompletableFuture<Answer> waiting =
                Background.call(() -> http.get(USERS + "k", "Prefer", "respond-async, wait=10"));
        Awaitility.await().until(() -> cache().stats().loadWaiters() == 1);
        assertThat(http.put(USERS + "k", "x", "Lease", lease).status()).isEqualTo(204);
        Answer hit = waiting.join();
        assertThat(hit.status()).isEqualTo(200);
        assertThat(hit.text()).isEqualTo("x");
        assertThat(hit.header("Preference-Applied")).isEqualTo("wait=10");
        assertThat(http.get(USERS + "k", "Prefer", "wait=10").header("Preference-Applied"))
                .isNull();
    }

    @Test
    void aLeaseThatDiesOrTakesTooLongIsFollowedByANewOne() {
        http.get(USERS + "k");
        CompletableFuture<Answer> waiting = Background.call(() -> http.get(USERS + "k", "Prefer", "wait=10"));
        Awaitility.await().until(() -> cache().stats().loadWaiters() == 1);
        assertThat(http.delete(USERS + "k").status()).isEqualTo(204);
        Answer next = waiting.join();
        assertThat(next.status()).isEqualTo(404);
        assertThat(next.header("Lease")).isNotNull();
        assertThat(http.get(USERS + "other", "Prefer", "wait=10").status())
                .as("nobody loads it")
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait", "wait=soon", "wait=0", "return=minimal"})
    void aPreferenceThatMakesNoSenseIsPassedOver(String preference) {
        http.get(USERS + "k");
        assertThat(http.get(USERS + "k", "Prefer", preference).required("Lease"))
                .isNotEmpty();
    }
}

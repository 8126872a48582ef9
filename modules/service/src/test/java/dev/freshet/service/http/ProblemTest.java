package dev.freshet.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Problems are written as RFC 9457 says. */
final class ProblemTest {

    @Test
    void aProblemNamesEveryFaultAndCarriesWhatElseIsKnown() {
        Problem problem = Problem.invalid("region", "must be given")
                .withFault("keys[3]", "must not be empty")
                .with("line", 7);

        assertThat(problem.toJson())
                .isEqualTo(new JsonObject()
                        .put("type", "urn:problem-type:freshet:invalid-request")
                        .put("title", "Bad Request")
                        .put("status", 400)
                        .put("detail", "region must be given")
                        .put(
                                "faults",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("field", "region")
                                                .put("fault", "must be given"))
                                        .add(new JsonObject()
                                                .put("field", "keys[3]")
                                                .put("fault", "must not be empty")))
                        .put("line", 7));
    }

    @Test
    void aProblemWithoutFaultsHasNoEmptyList() {
        assertThat(Problem.noSuchPath().toJson().containsKey("faults")).isFalse();
    }

    @Test
    void aDelayIsRoundedUpToWholeSecondsAndIsNeverZero() {
        Problem problem = Problem.of(503, "queue-full", "The queue is full.");

        assertThat(problem.withRetryAfter(Duration.ofMillis(1_500)).toJson().getLong("retryAfterSeconds"))
                .isEqualTo(2);
        assertThat(problem.withRetryAfter(Duration.ZERO).toJson().getLong("retryAfterSeconds"))
                .isEqualTo(1);
    }

    @Test
    void faultsOfARequestAreNamedInTheirOrder() {
        Faults faults = new Faults();
        assertThat(faults.isEmpty()).isTrue();

        faults.add("Lease", "must be given once");
        faults.add("key", "must not be empty");

        assertThat(faults.size()).isEqualTo(2);
        assertThat(faults.toProblem().status()).isEqualTo(400);
        assertThat(faults.toProblem().detail()).isEqualTo("2 things are wrong with the request");
        assertThat(faults.toProblem().faults())
                .containsExactly(
                        new Problem.FieldFault("Lease", "must be given once"),
                        new Problem.FieldFault("key", "must not be empty"));
    }
}

package dev.freshet.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
}

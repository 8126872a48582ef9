package dev.freshet.subscriber.http;

import dev.freshet.bus.Confirmation;
import dev.freshet.cache.Lookup;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** The parts that answers have in common. */
final class Answer {

    static final CharSequence FRESHET_STATE = HttpHeaders.createOptimized("Freshet-State");
    static final CharSequence FRESHET_CONFIRMED_AGE = HttpHeaders.createOptimized("Freshet-Confirmed-Age");

    static final CharSequence FRESHET_STALE_FOR = HttpHeaders.createOptimized("Freshet-Stale-For");

    /** What {@code Freshet-Confirmed-Age} says before the first confirmation. */
    static final CharSequence NEVER = HttpHeaders.createOptimized("never");

    private static final int MILLIS_PER_SECOND = 1_000;

    /** What is below a second, ready to be sent: every hit says how old its confirmation is, and few are older. */
    private static final CharSequence[] BELOW_A_SECOND = belowASecond();

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private Answer() {}

    static void json(HttpServerRequest request, JsonObject json) {
        request.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(json.toBuffer());
    }

    /** Says what the answer is worth. */
    static void putState(MultiMap headers, Lookup<?> read) {
        headers.set(FRESHET_STATE, read.state().label());
        headers.set(
                FRESHET_CONFIRMED_AGE,
                read.confirmedAgeNanos() == Confirmation.NEVER ? NEVER : seconds(read.confirmedAgeNanos()));
    }

    /** Writes a duration as seconds with three decimals, rounded up: a confirmation is never said to be younger than it is. */
    static CharSequence seconds(long nanos) {
        long millis = (nanos + 999_999) / 1_000_000;
        return millis < MILLIS_PER_SECOND ? BELOW_A_SECOND[(int) millis] : text(millis);
    }

    private static CharSequence[] belowASecond() {
        CharSequence[] texts = new CharSequence[MILLIS_PER_SECOND];
        for (int millis = 0; millis < texts.length; millis++) {
            texts[millis] = HttpHeaders.createOptimized(text(millis));
        }
        return texts;
    }

    private static String text(long millis) {
        long rest = millis % MILLIS_PER_SECOND;
        String zeros = rest < 10 ? ".00" : rest < 100 ? ".0" : ".";
        return millis / MILLIS_PER_SECOND + zeros + rest;
    }
}

package dev.freshet.subscriber.http;

import dev.freshet.bus.Confirmation;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Writes the parts that answers share. */
final class Answer {

    static final CharSequence FRESHET_STATE = HttpHeaders.createOptimized("Freshet-State");
    static final CharSequence FRESHET_CONFIRMED_AGE = HttpHeaders.createOptimized("Freshet-Confirmed-Age");

    static final CharSequence FRESHET_STALE_FOR = HttpHeaders.createOptimized("Freshet-Stale-For");

    /** The value of {@code Freshet-Confirmed-Age} before the first confirmation. */
    static final CharSequence NEVER = HttpHeaders.createOptimized("never");

    private static final int MILLIS_PER_SECOND = 1_000;

    /** The texts of all ages below a second, ready to be sent. Every hit needs such a text, and most ages are below a second. */
    private static final CharSequence[] BELOW_A_SECOND = belowASecond();

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private Answer() {}

    static void json(HttpServerRequest request, JsonObject json) {
        request.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(json.toBuffer());
    }

    /** Returns whether no answer can be sent any more: the client has disconnected, or the port has refused the request. */
    static boolean isOver(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        return response.closed() || response.ended();
    }

    /** Sets the headers {@code Freshet-State} and {@code Freshet-Confirmed-Age}. */
    static void putState(MultiMap headers, Lookup<?> read) {
        putState(headers, read.state(), read.confirmedAgeNanos());
    }

    static void putState(MultiMap headers, ServingState state, long confirmedAgeNanos) {
        headers.set(FRESHET_STATE, state.label());
        headers.set(
                FRESHET_CONFIRMED_AGE, confirmedAgeNanos == Confirmation.NEVER ? NEVER : seconds(confirmedAgeNanos));
    }

    /** Returns a duration as seconds with three decimals, rounded up, so that an age is never understated. */
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

package dev.freshet.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever breaks a promise of the sidecar is named in words, in the region's report and at {@code /health/ready}. */
@SuppressWarnings("NullAway.Init")
class PromisesTest {

    @RegisterExtension
    final RedisExtension redis = new RedisExtension();

    private Service service;

    @AfterEach
    void stop() {
        service.close();
    }

    private void start(String uri, String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "redis.uri", uri,
                "http.port", "0",
                "management.host", "127.0.0.1",
                "management.port", "0",
                "heartbeat", "50ms"));
        settings.addAll(List.of(more));
        if (!settings.contains("regions.users.unconfirmed.after")) {
            settings.addAll(List.of("regions.users.unconfirmed.after", "300ms"));
        }
        service = Service.start(new SubscriberApplication(), Configuration.of(settings.toArray(String[]::new)));
    }

    private JsonArray ofRegion() {
        return new JsonObject(
                        new RawHttp(service.port()).get("/v1/regions/users").text())
                .getJsonArray("cannotPromise");
    }

    private JsonObject readiness() {
        return new JsonObject(
                new RawHttp(service.managementPort()).get("/health/ready").text());
    }

    private double kept(String promise) {
        return metric("freshet_promise_kept{promise=\"" + promise + "\",region=\"users\"} ");
    }

    private double misconfigured() {
        return metric("freshet_redis_misconfigured{side=\"subscriber\"} ");
    }

    private double metric(String series) {
        return new RawHttp(service.managementPort())
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(series))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                .findFirst()
                .orElseThrow();
    }

    private void awaitWhy(String promise, String... parts) {
        await().untilAsserted(() -> assertThat(ofRegion()).anySatisfy(each -> {
            JsonObject broken = (JsonObject) each;
            assertThat(broken.getString("promise")).isEqualTo(promise);
            assertThat(broken.getString("why")).containsSubsequence(parts);
        }));
    }

    private void awaitAllKept() {
        await().until(() -> ofRegion().isEmpty());
    }

    @Test
    void whileAllIsWellThereIsNothingToSay() {
        start(redis.uri(), "regions.users.unconfirmed.after", "1h");
        awaitAllKept();
        assertThat(readiness().getJsonArray("cannotPromise")).isEmpty();
        assertThat(readiness().getString("status")).isEqualTo("up");
        assertThat(kept("nothing_lost")).isEqualTo(1);
        assertThat(kept("nothing_comes_back")).isEqualTo(1);
        assertThat(kept("staleness_measured")).isEqualTo(1);
    }

    @Test
    void aForbiddenCommandIsNamedAndReadyStaysUp() {
        start(redis.uri());
        awaitAllKept();
        redis.server().execute("ACL", "SETUSER", "default", "-hset");

        awaitWhy("nothing is lost", "not confirmed for", "the bound is 300ms", "NOPERM HSET", "marked unconfirmed");
        assertThat(readiness().getString("status")).isEqualTo("up");
        assertThat(readiness().getJsonArray("cannotPromise").getJsonObject(0).getString("region"))
                .isEqualTo("users");
        assertThat(kept("nothing_lost")).isZero();
        assertThat(readiness().getString("misconfigured")).contains("NOPERM HSET");
        assertThat(misconfigured()).isEqualTo(1);

        redis.server().execute("ACL", "SETUSER", "default", "+hset");
        awaitAllKept();
        await().until(() -> kept("nothing_lost") == 1);
        await().until(() -> !readiness().containsKey("misconfigured"));
        await().until(() -> misconfigured() == 0);
    }

    /** However long it waits: a rollout of a wrong password must stop at its first Pod. */
    @Test
    void aWrongPasswordKeepsItFromBeingReadyAndIsNamed() {
        redis.server().execute("CONFIG", "SET", "requirepass", "s3cret");
        start(
                redis.uri(),
                "redis.password-file",
                "/absent",
                "regions.users.redis-tier.enabled",
                "true",
                "startup-wait",
                "0s");

        await().untilAsserted(() -> assertThat(
                        readiness().getJsonArray("checks").encode())
                .contains("waits for the first confirmation of: users: the password file /absent cannot be read"));
        assertThat(misconfigured()).isEqualTo(1);
    }

    @Test
    void aReplicaIsCalledOne() {
        start(redis.uri(), "regions.users.unconfirmed.policy", "bypass");
        awaitAllKept();
        redis.server().execute("REPLICAOF", "127.0.0.1", "1");

        awaitWhy("nothing is lost", "is not a master, but a read-only replica", "every read is a miss");
        redis.server().execute("REPLICAOF", "NO", "ONE");
        awaitAllKept();
    }

    @Test
    void aServerThatIsAwayIsSaidAndSoIsTheClockThatNobodyCanAsk() {
        redis.server().kill();
        start(redis.uri());
        awaitWhy("nothing is lost", "never confirmed since the start", "onnect");
        awaitWhy("staleness is measured", "the clock of Redis", "unknown");
        assertThat(readiness().getString("status")).isEqualTo("down");
        assertThat(readiness().getJsonArray("cannotPromise")).hasSize(2);
        assertThat(kept("staleness_measured")).isZero();

        redis.server().start();
        awaitAllKept();
    }

    @Test
    void aFullServerIsSaid() {
        start(redis.uri());
        awaitAllKept();
        redis.server().execute("CONFIG", "SET", "maxmemory", "1");

        awaitWhy("nothing is lost", "OOM");
        redis.server().execute("CONFIG", "SET", "maxmemory", "0");
        awaitAllKept();
    }

    @Test
    void aRegionThatTakesStoresWithoutALeaseSaysWhatThatWaives() {
        start(redis.uri(), "regions.users.unleased-stores", "accept");
        awaitWhy("nothing comes back", "unleased-stores: accept");
        await().until(() -> ofRegion().size() == 1);
        assertThat(kept("nothing_comes_back")).isZero();
    }
}

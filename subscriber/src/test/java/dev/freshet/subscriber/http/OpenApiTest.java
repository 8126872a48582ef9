package dev.freshet.subscriber.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Position;
import dev.freshet.service.Configuration;
import dev.freshet.service.Ports;
import dev.freshet.service.openapi.OpenApi;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import dev.freshet.subscriber.region.StoredValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The OpenAPI document and the routes are the same. Each answer of the other tests of this package is looked up in the document;
 * here, each answer that the document describes is provoked.
 */
final class OpenApiTest extends EntriesServerBench {

    private static final String KEYS = "{\"keys\":[\"k\"]}";
    private static final String LEASES = "{\"leases\":[{\"key\":\"k\",\"lease\":\"x\"}]}";

    private final Set<String> answered = new TreeSet<>();
    private final List<Vertx> others = new ArrayList<>();

    @AfterEach
    void stopOthers() throws Exception {
        for (Vertx other : others) {
            await(other.close());
        }
    }

    private RawHttp recorded(int port) {
        return new RawHttp(port, (method, path, answer) -> record(method, path, answer.status()));
    }

    private void record(String method, String path, int status) {
        String answer = API.answer(method, path, status);
        if (answer != null) {
            answered.add(answer);
        }
    }

    private static String filled(String template) {
        return template.replace("{region}", "users").replace("{key}", "k");
    }

    private static byte[] body(String path) {
        return (path.endsWith("release") ? LEASES : path.endsWith("batchGet") ? KEYS : "").getBytes(UTF_8);
    }

    @Test
    void theDocumentIsServedAndHasNoFault() {
        Answer answer = http.get("/openapi.json");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(OpenApi.of(answer.text()).json()).isEqualTo(API.json());
        assertThat(API.json().getString("openapi")).startsWith("3.1.");
        assertThat(API.faults()).isEmpty();
        assertThat(http.head("/openapi.json").body()).isEmpty();
    }

    @Test
    void theRootListsThePathsAndTheirMethods() {
        JsonObject list = json(http.get("/"));
        assertThat(list.getString("openapi")).isEqualTo("/openapi.json");
        JsonObject paths = list.getJsonObject("paths");
        assertThat(paths.fieldNames()).isEqualTo(API.paths());
        API.paths().forEach(path -> assertThat(paths.getJsonArray(path).stream())
                .containsExactlyInAnyOrderElementsOf(API.methods(path)));
    }

    @Test
    void aPathTakesTheMethodsThatAreDescribedAndNoOther() {
        for (String path : API.paths()) {
            for (String method : OpenApi.METHODS) {
                Answer answer = http.send(method, filled(path), body(path), "Content-Type", "application/json");
                if (API.methods(path).contains(method)) {
                    assertThat(answer.status()).as(method + " " + path).isIn(200, 204, 400, 404, 428);
                    assertThat(answer.text()).doesNotContain(":no-such-path", ":unknown-region");
                } else {
                    assertThat(answer.status()).as(method + " " + path).isEqualTo(405);
                    assertThat(Set.of(answer.required("Allow").split(", ", -1))).isEqualTo(API.methods(path));
                }
            }
        }
        for (String path :
                List.of("/v1", "/openapi", "/v1/regions/", "/v1/regions/users/", "/v1/regions/users/x", "//")) {
            assertThat(http.get(path).status()).as(path).isEqualTo(404);
        }
    }

    @Test
    void everyAnswerThatIsDescribedExists() throws Exception {
        provokeTheRefusalsOfThePort();
        provokeFaultsAndSlowness();
        provokeAnswersOfEntries();
        RawHttp client = recorded(port());
        byte[] tooLarge = " ".repeat(JsonBody.MAX_BYTES + 1).getBytes(UTF_8);
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                client.send(method, filled(path), body(path), "Content-Type", "application/json");
                client.send(
                        method,
                        filled(path).replace("users", "nobody"),
                        body(path),
                        "Content-Type",
                        "application/json");
                client.send(method, filled(path), body(path), "Content-Type", "text/plain");
                if (method.equals("PUT") || method.equals("POST")) {
                    client.send(method, filled(path), tooLarge, "Content-Type", "application/json");
                }
            }
        }
        assertThat(answered).isEqualTo(API.answers());
    }

    private void provokeTheRefusalsOfThePort() {
        RawHttp client = recorded(port());
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                String target = filled(path);
                client.send(method, target, new byte[0], "Transfer-Encoding", "gzip");
                client.send(method, target, new byte[0], "Origin", "http://example.com");
                client.send(method, target + "?" + "a".repeat(5000), new byte[0]);
                client.send(method, target, new byte[0], "X", "a".repeat(70_000));
                exchange(client, method, target, "Host: example.com\r\n");
            }
        }
    }

    private void exchange(RawHttp client, String method, String target, String headers) {
        Answer answer = client.exchange(
                (method + " " + target + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n").getBytes(ISO_8859_1));
        record(method, target, answer.status());
    }

    /** On a server whose region throws whatever is asked of it, and which does not wait long for a body. */
    private void provokeFaultsAndSlowness() throws Exception {
        RawHttp client = recorded(portOf(
                proxy(RegionCache.class, OpenApiTest::broken),
                proxy(CachedRegion.class, OpenApiTest::broken),
                proxy(RegionSubscription.class, OpenApiTest::broken)));
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                String target = filled(path);
                if (target.startsWith("/v1")) {
                    client.send(
                            method, target, body(path), "Content-Type", "application/json", "Freshet-Absent", "true");
                }
                if (method.equals("PUT") || method.equals("POST")) {
                    exchange(
                            client,
                            method,
                            target,
                            "Host: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n");
                }
            }
        }
    }

    private static Object broken() {
        throw new IllegalStateException("broken by the test");
    }

    @SuppressWarnings("unchecked") // the proxy is what the class says
    private static <T> T proxy(Class<? super T> type, Supplier<Object> answer) {
        return (T) Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> answer.get());
    }

    private int portOf(
            RegionCache<StoredValue> cache, CachedRegion<StoredValue> tiered, RegionSubscription subscription)
            throws Exception {
        SubscriberSettings settings = Configuration.of(
                        "http.port", "0", "http.request-timeout", "100ms", "regions.users.maximum-entries", "100")
                .read(SubscriberSettings::read);
        ServedRegion region = new ServedRegion(
                "users", Objects.requireNonNull(settings.regions().get("users")), cache, tiered, subscription);
        // Servers of one Vert.x that ask for any port share one.
        Vertx own = Vertx.vertx();
        others.add(own);
        return await(EntriesServer.start(
                        new Ports(own, new SimpleMeterRegistry()), settings.http(), new Regions(List.of(region))))
                .port();
    }

    private void provokeAnswersOfEntries() throws Exception {
        RawHttp client = recorded(port());
        String lease = client.get(USERS + "k").required("Lease");
        client.put(USERS + "k", "x", "Lease", lease);
        client.put(USERS + "k", "x", "Lease", lease);
        client.put(USERS + "k", "x");
        client.get(USERS + "k");
        client.head(USERS + "k");
        String tooFar = new Position(EPOCH, 1_000).toString();
        client.get(USERS + "k", "Min-Position", tooFar);
        client.head(USERS + "k", "Min-Position", tooFar);
        String[] headers = {"Content-Type", "application/json", "Min-Position", tooFar};
        client.send("POST", "/v1/regions/users/entries:batchGet", KEYS.getBytes(UTF_8), headers);
        CompletableFuture<Boolean> kept = CompletableFuture.completedFuture(false);
        RawHttp keptInRedis = recorded(portOf(cache(), proxy(CachedRegion.class, () -> kept), users));
        keptInRedis.delete(USERS + "k");
    }
}

package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.fakes.HandRedisTime;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.openapi.OpenApi;
import dev.freshet.service.port.Ports;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import dev.freshet.subscriber.region.RegionCaches;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import dev.freshet.subscriber.region.StoredValue;
import dev.freshet.testkit.HandClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The data port on real sockets and real caches, with a clock that the test moves; the test acts as the bus. */
abstract class EntriesServerBench {

    static final String USERS = "/v1/regions/users/entries/";
    static final long EPOCH = 0xc0ffeeL;
    static final OpenApi API = OpenApi.beside(EntriesServer.class);

    final HandClock clock = new HandClock();
    final TimeSource time = new HandTime(clock);
    final RedisTime redisTime = new HandRedisTime(clock);

    final Map<String, FakeSubscription> subscriptions = new HashMap<>();
    final FakeSubscription users = new FakeSubscription("users", time);
    Vertx vertx;
    Map<String, RegionCache<StoredValue>> caches;
    private final Map<String, ServedRegion> regions = new LinkedHashMap<>();
    EntriesServer server;
    RawHttp http;
    private int port;
    private final List<Vertx> others = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "http.port", "0",
                "http.maximum-entry", "1KiB",
                "http.min-position-wait", "100ms",
                "regions.users.maximum-entries", "100",
                "regions.users.expire-after-write", "10m",
                "regions.careful.unconfirmed.policy", "bypass",
                "regions.warm.unleased-stores", "accept",
                "regions.tiny.maximum-bytes", "1024",
                "regions.both.maximum-bytes", "4096",
                "regions.both.maximum-entries", "5",
                "regions.both.unleased-stores", "accept",
                "regions.spread.unconfirmed.after", "10s",
                "regions.spread.reset-spread", "10s",
                "regions.safe.fail-safe", "60s",
                "regions.safe.refresh-after-write", "60s",
                "regions.safe.refresh-jitter", "0"));
        all.addAll(moreSettings());
        SubscriberSettings settings =
                Configuration.of(all.toArray(String[]::new)).read(SubscriberSettings::read);
        caches = RegionCaches.build(settings.regions(), time);
        List<ServedRegion> served = new ArrayList<>();
        caches.forEach((name, cache) -> {
            FakeSubscription subscription = name.equals("users") ? users : new FakeSubscription(name, time);
            subscriptions.put(name, subscription);
            subscription.confirmation().confirm(time.nanoTime(), time.wallMicros(), time.wallMicros());
            ServedRegion region = new ServedRegion(
                    name, Objects.requireNonNull(settings.regions().get(name)), cache, subscription);
            region.tiered().attached(subscription.confirmation(), redisTime);
            region.tiered().joined();
            served.add(region);
            regions.put(name, region);
        });
        users.position = new Position(EPOCH, 7);
        vertx = Vertx.vertx();
        Ports ports = new Ports(vertx, new SimpleMeterRegistry());
        server = await(EntriesServer.start(ports, settings.http(), doorkeeper(ports), new Regions(served)));
        port = server.port();
        http = described(port);
    }

    /** Says who may do what. Called before each test. */
    Doorkeeper doorkeeper(Ports ports) throws IOException {
        return request -> Caller.ANYBODY;
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
        for (Vertx other : others) {
            await(other.close());
        }
        caches.values().forEach(RegionCache::close);
    }

    /** Returns further settings, each name before its value. */
    List<String> moreSettings() {
        return List.of();
    }

    int port() {
        return port;
    }

    /** Returns a client whose answers must be described in the OpenAPI document. */
    static RawHttp described(int port) {
        return new RawHttp(
                port, (method, path, answer) -> API.requireDescribed(method, path, answer.status(), answer.text()));
    }

    /**
     * Starts a server of one region, users, that is made of these parts. The bodies of its requests may hold as many bytes as the
     * largest has.
     */
    EntriesServer serverOf(
            RegionCache<StoredValue> cache,
            CachedRegion<StoredValue> tiered,
            RegionSubscription subscription,
            String... namesAndValues)
            throws Exception {
        List<String> all = new ArrayList<>(List.of("http.port", "0", "regions.users.maximum-entries", "100"));
        all.addAll(List.of(namesAndValues));
        SubscriberSettings settings =
                Configuration.of(all.toArray(String[]::new)).read(SubscriberSettings::read);
        ServedRegion region = new ServedRegion(
                "users", Objects.requireNonNull(settings.regions().get("users")), cache, tiered, subscription);
        // Servers of one Vert.x that ask for any port share one.
        Vertx own = Vertx.vertx();
        others.add(own);
        Ports ports = new Ports(own, new SimpleMeterRegistry());
        Doorkeeper doorkeeper = Doorkeeper.of(
                "http.tokens-file",
                settings.http().tokensFile(),
                Right.OF_SUBSCRIBER,
                ports,
                new SimpleMeterRegistry());
        return await(EntriesServer.start(ports, settings.http(), doorkeeper, new Regions(List.of(region)), 0));
    }

    /** What a call of a {@link #proxy} does. */
    interface Calls {
        @Nullable
        Object call(String method, @Nullable Object @Nullable [] arguments);
    }

    @SuppressWarnings("unchecked") // the proxy is what the class says
    static <T> T proxy(Class<? super T> type, Calls calls) {
        return (T) Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> calls.call(method.getName(), arguments));
    }

    /** Returns an object all of whose methods throw. */
    static <T> T broken(Class<? super T> type) {
        return proxy(type, (method, arguments) -> {
            throw new IllegalStateException("broken by the test");
        });
    }

    /** The region as a subscriber follows it. */
    CachedRegion<StoredValue> region(String name) {
        return Objects.requireNonNull(regions.get(name)).tiered();
    }

    RegionCache<StoredValue> cache() {
        return cache("users");
    }

    RegionCache<StoredValue> cache(String region) {
        return Objects.requireNonNull(caches.get(region));
    }

    void fill(String region, String rawKey, String value, String... headers) {
        String lease = http.get("/v1/regions/" + region + "/entries/" + rawKey).required("Lease");
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Lease");
        all.add(lease);
        store(region, rawKey, value, all.toArray(String[]::new));
    }

    void store(String region, String rawKey, String value, String... headers) {
        Answer answer = http.put("/v1/regions/" + region + "/entries/" + rawKey, value, headers);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(204);
    }

    Answer put(String key, String... headers) {
        return http.put(USERS + key, "outdated", headers);
    }

    void apply(Selector selector) {
        apply(new Invalidation(selector, clock.wallMicros(), clock.wallMicros(), OptionalLong.empty()));
    }

    void applyVersion(String key, long version) {
        apply(new Invalidation(Selector.keys(key), clock.wallMicros(), clock.wallMicros(), OptionalLong.of(version)));
    }

    void apply(Invalidation invalidation) {
        cache().apply(new LoggedRecord(
                new RecordHeader(new Position(EPOCH, 8), clock.wallMicros(), false),
                new RecordBody("test", OptionalLong.empty(), List.of(invalidation))));
    }

    static void assertRefused(Answer answer, String reason) {
        assertProblem(answer, 409, "store-refused");
        assertThat(json(answer).getString("reason")).isEqualTo(reason);
    }

    static void assertFaults(Answer answer, String... fields) {
        assertProblem(answer, 400, "invalid-request");
        assertThat(json(answer).getJsonArray("faults"))
                .extracting(fault -> ((JsonObject) fault).getString("field"))
                .containsExactly(fields);
    }

    static void assertProblem(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(json(answer).getString("type")).endsWith(":" + type);
        assertThat(json(answer).getInteger("status")).isEqualTo(status);
        assertThat(json(answer).getString("detail")).isNotBlank();
    }

    static JsonObject json(Answer answer) {
        return new JsonObject(answer.text());
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}

package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Member;
import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.schema.Position;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each right allows over HTTP, and what its lack refuses. */
@SuppressWarnings("NullAway.Init") // before each test
final class RightsTest {

    private static final String JSON = "application/json";
    private static final String LINES = "application/x-ndjson";
    private static final String KEY = "{\"region\":\"users\",\"keys\":[\"a\"]}";

    /** Those of the file that the publisher starts with: it takes a second until it reads another. */
    private static final Map<String, NewToken> KNOWN = Stream.of(
                    "publish in users",
                    "publish broad in users",
                    "publish broad force in users",
                    "publish force in users",
                    "publish force read members in users",
                    "publish broad read members in users",
                    "publish broad force members in users",
                    "read in users",
                    "read members in users",
                    "read broad force members in users",
                    "broad force read members in users",
                    "publish in users,user-*",
                    "publish in *",
                    "publish broad force members in *")
            .collect(Collectors.toMap(
                    known -> known,
                    known -> make(
                            known.substring(0, known.indexOf(" in ")),
                            known.substring(known.indexOf(" in ") + 4).split(",", -1))));

    @TempDir
    private Path folder;

    private final FakePublisher publisher = new FakePublisher();
    private Path file;
    private PublisherHarness app;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("tokens");
        write(KNOWN.values().toArray(NewToken[]::new));
        publisher.setMembers(
                "users", new Member("id-1", "pod-1", new Position(FakePublisher.EPOCH, 1), 1, 1, 1, 1, 1, List.of()));
        app = PublisherHarness.start(publisher, "http.tokens-file", file.toString());
    }

    @AfterEach
    void stop() {
        app.close();
    }

    /** Replaces the file as a whole. */
    private void write(NewToken... tokens) throws IOException {
        write(String.join("\n", List.of(tokens).stream().map(NewToken::line).toList()));
    }

    private void write(String text) throws IOException {
        Path written = folder.resolve("tokens.new");
        Files.writeString(written, text);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns a token that the publisher knows from the start. */
    private static String token(String rights, String... regions) {
        String wanted = rights + " in " + String.join(",", regions);
        return Objects.requireNonNull(KNOWN.get(wanted), wanted).token();
    }

    private static NewToken make(String rights, String... regions) {
        return NewToken.make(
                "shop",
                Set.copyOf(List.of(rights.split(" ", -1)).stream()
                        .map(text -> Right.of(text).orElseThrow())
                        .toList()),
                List.of(regions));
    }

    private void awaitKnown(String token) {
        await().until(() -> get(token, "/v1/regions").statusCode() != 401);
    }

    private HttpResponse<String> post(String token, String query, String type, String body) {
        return app.send(
                token,
                HttpRequest.newBuilder(app.uri("/v1/invalidations" + query))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> get(String token, String path) {
        return app.send(token, HttpRequest.newBuilder(app.uri(path)));
    }

    private double misconfigured() {
        return app.metric("freshet_files_misconfigured{setting=\"http.tokens-file\"}");
    }

    // --- a test per right, refused and granted ---

    @ParameterizedTest
    @CsvSource({
        "'', '\"keys\":[\"a\"]', publish, publish, read broad force members",
        "'', '\"tags\":[\"t\"]', publish broad, broad, publish force read members",
        "'', '\"prefixes\":[\"p\"]', publish broad, broad, publish force read members",
        "'', '\"all\":true', publish broad, broad, publish force read members",
        "'', '\"keys\":[\"a\"],\"tags\":[\"t\"]', publish broad, broad, publish force read members",
        "'', '\"tags\":[\"t\"]', publish broad, publish, broad force read members",
        "?force=true, '\"keys\":[\"a\"]', publish force, force, publish broad read members",
        "?force=true, '\"all\":true', publish broad force, force, publish broad read members",
        "?await=applied, '\"keys\":[\"a\"]', publish, publish, read broad force members",
        "?dryRun=true, '\"all\":true', read, read, publish broad force members",
    })
    void aChangeNeedsItsRights(String query, String selectors, String granted, String missing, String insufficient)
            throws IOException {
        String body = "{\"region\":\"users\"," + selectors + "}";

        HttpResponse<String> refused = post(token(insufficient, "users"), query, JSON, body);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getString("type")).endsWith(":forbidden");
        assertThat(problem.getString("right")).isEqualTo(missing);
        assertThat(problem.getString("region")).isEqualTo("users");
        assertThat(problem.getString("detail")).contains('"' + missing + '"', "\"users\"");
        assertThat(publisher.log()).isEmpty();

        assertThat(post(token(granted, "users"), query, JSON, body).statusCode())
                .isEqualTo(200);
    }

    @Test
    void readShowsTheRegionsOfTheCallerAndNoOthers() throws IOException {
        String all = token("publish", "*");
        assertThat(post(all, "", LINES, KEY + "\n" + KEY.replace("users", "orders"))
                        .statusCode())
                .isEqualTo(200);

        String reader = token("read", "users");
        assertThat(PublisherHarness.json(get(reader, "/v1/regions")).getJsonArray("regions"))
                .singleElement()
                .isInstanceOfSatisfying(JsonObject.class, region -> assertThat(region.getString("region"))
                        .isEqualTo("users"));
        assertThat(get(reader, "/v1/regions/users").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = get(reader, "/v1/regions/orders");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(PublisherHarness.json(refused).getString("right")).isEqualTo("read");

        String writer = token("publish broad force members", "*");
        assertThat(get(writer, "/v1/regions/users").statusCode()).isEqualTo(403);
        assertThat(PublisherHarness.json(get(writer, "/v1/regions")).getJsonArray("regions"))
                .isEmpty();
    }

    @Test
    void membersShowsWhoSubscribes() throws IOException {
        JsonObject counted = PublisherHarness.json(get(token("read", "users"), "/v1/regions/users"));
        assertThat(counted.getInteger("members")).isEqualTo(1);
        assertThat(counted.containsKey("subscribers")).isFalse();

        JsonObject named = PublisherHarness.json(get(token("read members", "users"), "/v1/regions/users"));
        assertThat(named.getJsonArray("subscribers").getJsonObject(0).getString("name"))
                .isEqualTo("pod-1");
    }

    @ParameterizedTest
    @CsvSource({"users, 200", "user-names, 200", "users2, 403", "user, 403", "orders, 403"})
    void aRightCountsInItsRegions(String region, int status) throws IOException {
        String token = token("publish", "users", "user-*");

        assertThat(post(token, "", JSON, KEY.replace("users", region)).statusCode())
                .isEqualTo(status);
    }

    // --- streams ---

    @Test
    void aStreamEndsAtTheFirstLineThatTheCallerMayNotPublish() throws IOException {
        String token = token("publish", "users");

        HttpResponse<String> refused =
                post(token, "", LINES, String.join("\n", KEY, KEY, KEY.replace("users", "orders"), KEY, KEY));

        assertThat(refused.statusCode()).isEqualTo(403);
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getInteger("line")).isEqualTo(3);
        assertThat(problem.getInteger("invalidations")).isEqualTo(2);
        assertThat(problem.getString("right")).isEqualTo("publish");
        assertThat(problem.getString("region")).isEqualTo("orders");
        assertThat(problem.getString("detail"))
                .startsWith("Line 3: ")
                .endsWith(" The 2 objects before it are done; nothing after it is.");
        assertThat(publisher.log()).hasSize(2).allMatch(done -> done.region().equals("users"));
    }

    @Test
    void aLineNeedsTheRightsOfWhatItNames() throws IOException {
        String token = token("publish force", "users");

        JsonObject broad = PublisherHarness.json(
                post(token, "", LINES, KEY + "\n{\"region\":\"users\",\"tags\":[\"t\"]}\n" + KEY));
        assertThat(broad.getInteger("line")).isEqualTo(2);
        assertThat(broad.getString("right")).isEqualTo("broad");

        JsonObject forced = PublisherHarness.json(post(token("publish", "users"), "?force=true", LINES, KEY));
        assertThat(forced.getInteger("line")).isEqualTo(1);
        assertThat(forced.getString("right")).isEqualTo("force");
        assertThat(publisher.log()).hasSize(1);
    }

    // --- who is nobody ---

    @Test
    void aRequestWithoutATokenIsAskedForOne() {
        for (HttpResponse<String> refused : List.of(
                app.postJson(KEY),
                app.postLines(KEY),
                app.get("/v1/regions"),
                app.get("/v1/regions/users"),
                app.get("/x"))) {
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.headers().allValues("WWW-Authenticate")).containsExactly("Bearer realm=\"freshet\"");
            assertThat(PublisherHarness.json(refused).getString("type")).endsWith(":token-required");
        }
        assertThat(publisher.log()).isEmpty();
        assertThat(app.metric("freshet_http_callers_total{caller=\"none\",outcome=\"missing\"}"))
                .isEqualTo(5);
    }

    @Test
    void anUnknownTokenIsRefusedAndNotQuoted() {
        try (LogWatch log = LogWatch.start()) {
            HttpResponse<String> refused = post("hush-hush", "", JSON, KEY);

            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .contains("error=\"invalid_token\"");
            assertThat(PublisherHarness.json(refused).getString("type")).endsWith(":token-unknown");
            assertThat(refused.body()).doesNotContain("hush");
            assertThat(log.lines()).noneMatch(line -> line.contains("hush"));
        }
        assertThat(app.management("/metrics").body()).doesNotContain("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer TOKEN", "BEARER  TOKEN ", "Bearer TOKEN"})
    void theSchemeMayBeWrittenInAnyCase(String header) throws IOException {
        String token = token("publish", "users");

        assertThat(raw("Authorization: " + header.replace("TOKEN", token))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: TOKEN",
                "Authorization: Basic TOKEN",
                "Authorization: Bearer",
                "Authorization: Bearer TOKEN x",
                "Authorization: Bearer TOKENx",
                "Authorization: Bearer \"TOKEN\"",
                "Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN",
                "Authorization: Bearer x\r\nAuthorization: Bearer TOKEN",
                "X-Authorization: Bearer TOKEN",
                "Cookie: token=TOKEN",
            })
    void aTokenCountsOnlyAsTheOneAuthorization(String headers) throws IOException {
        String token = token("publish", "users");

        assertThat(raw(headers.replace("TOKEN", token))).isEqualTo(401);
        assertThat(raw("X: y", "/v1/invalidations?token=" + token)).isEqualTo(401);
    }

    private int raw(String headers) {
        return raw(headers, "/v1/invalidations");
    }

    private int raw(String headers, String target) {
        try (RawConnection connection = RawConnection.to(app.service().port())) {
            return connection
                    .send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + KEY.length() + "\r\n\r\n"
                            + KEY)
                    .read()
                    .status();
        }
    }

    @Test
    void aWebPageIsRefusedWhateverItShows() throws IOException {
        String token = token("publish", "users");

        assertThat(raw("Authorization: Bearer " + token + "\r\nOrigin: http://localhost:8700"))
                .isEqualTo(403);
        assertThat(raw("Authorization: Bearer " + token + "\r\nSec-Fetch-Site: cross-site"))
                .isEqualTo(403);
        assertThat(publisher.log()).isEmpty();
        try (RawConnection page = RawConnection.to(app.service().port())) {
            RawConnection.Answer preflight = page.send(String.join(
                            "\r\n",
                            "OPTIONS /v1/invalidations HTTP/1.1",
                            "Host: localhost",
                            "Origin: http://example.com",
                            "Access-Control-Request-Method: POST",
                            "Access-Control-Request-Headers: authorization",
                            "",
                            ""))
                    .read();
            assertThat(preflight.status()).isEqualTo(403);
            assertThat(preflight.headers().keySet()).noneMatch(name -> name.startsWith("Access-Control"));
        }
    }

    @Test
    void theDescriptionOfThePortNeedsNoToken() {
        assertThat(app.get("/").statusCode()).isEqualTo(200);
        assertThat(app.get("/openapi.json").statusCode()).isEqualTo(200);
    }

    // --- metrics and logs ---

    @Test
    void callersAreCountedAndRefusalsLoggedByName() throws IOException {
        try (LogWatch log = LogWatch.start()) {
            String token = token("publish", "users");
            assertThat(post(token, "", JSON, KEY).statusCode()).isEqualTo(200);
            assertThat(post(token, "", JSON, KEY.replace("users", "orders")).statusCode())
                    .isEqualTo(403);

            assertThat(app.metric("freshet_http_callers_total{caller=\"shop\",outcome=\"admitted\"}"))
                    .isEqualTo(2);
            assertThat(app.metric("freshet_http_callers_total{caller=\"shop\",outcome=\"forbidden\"}"))
                    .isEqualTo(1);
            assertThat(app.metric("freshet_publisher_refused_total{reason=\"forbidden\"}"))
                    .isEqualTo(1);
            assertThat(log.lines()).noneMatch(line -> line.contains(token));
        }
    }

    // --- a file that changes ---

    @Test
    void tokensAreReplacedUnderLoadWithoutAFailedRequest() throws Exception {
        NewToken first = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        NewToken second = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        write(first);
        awaitKnown(first.token());
        AtomicReference<String> inUse = new AtomicReference<>(first.token());
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        ExecutorService callers = Executors.newFixedThreadPool(3);
        List<Future<?>> loads = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                loads.add(callers.submit(() -> {
                    while (!isOver.get()) {
                        assertThat(post(Objects.requireNonNull(inUse.get()), "", JSON, KEY)
                                        .statusCode())
                                .isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }));
            }
            write(first, second);
            awaitKnown(second.token());
            inUse.set(second.token());
            long soFar = answered.get();
            await().until(() -> answered.get() > soFar + 20); // also those that had read the first token
            write(second);
            await().until(() -> get(first.token(), "/v1/regions").statusCode() == 401);
            long then = answered.get();
            await().until(() -> answered.get() > then + 20);
        } finally {
            isOver.set(true);
            callers.shutdown();
        }
        for (Future<?> load : loads) {
            assertThat(load.get(60, TimeUnit.SECONDS)).isNull();
        }
    }

    @Test
    void aTokenThatIsRemovedStopsWorkingOnOpenConnections() throws IOException {
        String token = token("publish", "users");
        String request = "POST /v1/invalidations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                + "\r\nContent-Type: application/json\r\nContent-Length: " + KEY.length() + "\r\n\r\n" + KEY;
        try (RawConnection connection = RawConnection.to(app.service().port())) {
            assertThat(connection.send(request).read().status()).isEqualTo(200);
            write(NewToken.make("another", Set.of(Right.READ), List.of("*")));
            await().until(() -> connection.send(request).read().status() == 401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "shop hush-hush publish users", "shop sha256:00 publish users"})
    void aFileThatIsMalformedLeavesTheOldInUseAndShows(String broken) throws IOException {
        String token = token("publish", "users");
        try (LogWatch log = LogWatch.start()) {
            write(broken);

            await().until(() -> misconfigured() == 1);
            assertThat(post(token, "", JSON, KEY).statusCode()).isEqualTo(200);
            JsonObject ready = PublisherHarness.json(app.management("/health/ready"));
            assertThat(ready.getString("misconfigured"))
                    .contains("http.tokens-file", file.toString(), "stays in use")
                    .doesNotContain("hush");
            assertThat(ready.getString("status")).isEqualTo("up");

            NewToken made = make("publish", "orders");
            write(made);
            awaitKnown(made.token());
            String next = made.token();
            await().until(() -> misconfigured() == 0);
            assertThat(post(next, "", JSON, KEY.replace("users", "orders")).statusCode())
                    .isEqualTo(200);
            assertThat(log.lines().stream().filter(line -> line.contains("stays in use")))
                    .hasSize(1)
                    .noneMatch(line -> line.contains("hush"));
        }
    }

    @Test
    void aFileThatIsMissingLeavesTheOldInUse() throws IOException {
        String token = token("publish", "users");

        Files.delete(file);

        await().until(() -> misconfigured() == 1);
        assertThat(post(token, "", JSON, KEY).statusCode()).isEqualTo(200);
    }

    @Test
    void aPublisherDoesNotStartWithoutItsFile() {
        assertThatThrownBy(() -> PublisherHarness.start(
                        publisher, "http.tokens-file", folder.resolve("missing").toString()))
                .hasMessageContaining("http.tokens-file")
                .hasMessageContaining("does not exist");
    }

    // --- who may reach it ---

    @ParameterizedTest
    @CsvSource({"0.0.0.0, false, 1", "0.0.0.0, true, 1", "127.0.0.1, false, 0", "127.0.0.1, true, 0"})
    void aPortThatStrangersReachSaysSoOnceAtTheStart(String host, boolean hasTokens, int warnings) {
        List<String> settings = new ArrayList<>(List.of("http.host", host));
        if (hasTokens) {
            settings.addAll(List.of("http.tokens-file", file.toString()));
        }
        try (LogWatch log = LogWatch.start();
                PublisherHarness other = PublisherHarness.start(publisher, settings.toArray(String[]::new))) {
            assertThat(other.service().port()).isPositive();
            assertThat(log.lines().stream().filter(line -> line.contains("http.host is " + host)))
                    .hasSize(warnings)
                    .allMatch(line ->
                            line.contains(hasTokens ? "http.tls.certificate is not set" : "can evict every entry"));
        }
    }

    // --- client certificates ---

    @Test
    void aClientCertificateCountsAsAToken(@TempDir Path certificates) throws IOException {
        TestCertificates authority = TestCertificates.in(certificates);
        TestCertificates.Issued server = authority.issue("server", "EC", TestCertificates.LOOPBACK);
        TestCertificates.Issued shop = authority.issue("shop", "EC", TestCertificates.LOOPBACK);
        TestCertificates.Issued other = authority.issue("other", "EC", TestCertificates.LOOPBACK);
        NewToken token = NewToken.make("by-token", Set.of(Right.PUBLISH), List.of("orders"));
        write("shop cn:shop publish users\n" + token.line());
        try (PublisherHarness secured = PublisherHarness.start(
                publisher,
                "http.tokens-file",
                file.toString(),
                "http.tls.certificate",
                server.certificate().toString(),
                "http.tls.key",
                server.key().toString(),
                "http.tls.client-ca",
                authority.ca().toString())) {
            int port = secured.service().port();
            assertThat(overTls(port, authority, shop, null, "users")).isEqualTo(200);
            assertThat(overTls(port, authority, shop, null, "orders")).isEqualTo(403);
            assertThat(overTls(port, authority, other, null, "users")).isEqualTo(401);
            // A token counts before the certificate.
            assertThat(overTls(port, authority, shop, token.token(), "orders")).isEqualTo(200);
            assertThat(overTls(port, authority, shop, token.token(), "users")).isEqualTo(403);
            assertThat(overTls(port, authority, shop, "hush", "users")).isEqualTo(401);
        }
    }

    private static int overTls(
            int port,
            TestCertificates authority,
            TestCertificates.Issued client,
            @Nullable String token,
            String region) {
        String body = KEY.replace("users", region);
        try (RawConnection connection = RawConnection.tls(
                port, 60_000, SecretFiles.clientContext(authority.ca(), client.certificate(), client.key()))) {
            return connection
                    .send("POST /v1/invalidations HTTP/1.1\r\nHost: localhost\r\n"
                            + (token == null ? "" : "Authorization: Bearer " + token + "\r\n")
                            + "Content-Type: application/json\r\nContent-Length: " + body.getBytes(UTF_8).length
                            + "\r\n\r\n" + body)
                    .read()
                    .status();
        }
    }
}

package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.testkit.TestCertificates;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is known over HTTP, by what, and how callers are counted. */
final class CallersTest extends PublisherWithTokens {

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

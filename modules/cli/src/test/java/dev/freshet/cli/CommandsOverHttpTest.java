package dev.freshet.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that ask a publisher instead of Redis, with a publisher that answers as a test says. The end-to-end tests have a real one. */
@SuppressWarnings("NullAway.Init") // before each test
class CommandsOverHttpTest {

    private static final String POSITION = "00c0ffee00c0ffee-42";

    /**
     * What the publisher got.
     *
     * @param authorization the header, or an empty text
     */
    private record Sent(String method, String target, String authorization, String body) {}

    private record Answer(int status, String body) {}

    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private HttpServer server;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        sent.add(new Sent(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                authorization == null ? "" : authorization,
                new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
        Answer answer = answers.getOrDefault(exchange.getRequestURI().getPath(), new Answer(404, "{}"));
        byte[] body = answer.body().getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void on(String path, int status, String body) {
        answers.put(path, new Answer(status, body));
    }

    private Outcome run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(
                List.of("--publisher", "http://127.0.0.1:" + server.getAddress().getPort()));
        return Outcome.of(all.toArray(String[]::new));
    }

    private String token(String text) throws IOException {
        return Files.writeString(folder.resolve("token"), text).toString();
    }

    @Test
    void publishSendsTheChangeAndTheToken() throws IOException {
        on(
                "/v1/invalidations",
                200,
                "{\"positions\":{\"users\":\"" + POSITION + "\"},\"invalidations\":1,\"members\":3}");

        Outcome outcome = run(
                "publish",
                "users",
                "--key",
                "a",
                "--key",
                "b",
                "--tag",
                "t",
                "--force",
                "--token-file",
                token("s3cret\n"));

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("published to users at " + POSITION, "3 live members");
        assertThat(sent)
                .containsExactly(new Sent(
                        "POST",
                        "/v1/invalidations?force=true",
                        "Bearer s3cret",
                        "{\"region\":\"users\",\"keys\":[\"a\",\"b\"],\"tags\":[\"t\"]}"));
        assertThat(outcome.out() + outcome.err()).doesNotContain("s3cret");
    }

    @Test
    void publishAwaitsMembersInOneRequest() {
        on(
                "/v1/invalidations",
                504,
                "{\"type\":\"urn:problem-type:freshet:not-applied\",\"positions\":{\"users\":\"" + POSITION
                        + "\"},\"members\":3,\"applied\":2,\"lagging\":[\"pod-1\"]}");

        Outcome outcome = run("publish", "users", "--key", "a", "--await", "--timeout", "500ms", "--json");

        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.out().strip())
                .isEqualTo("{\"region\":\"users\",\"position\":\"" + POSITION
                        + "\",\"members\":3,\"applied\":2,\"lagging\":[\"pod-1\"]}");
        assertThat(sent.get(0).target()).isEqualTo("/v1/invalidations?await=applied&timeout=500ms");
    }

    @Test
    void publishSaysNothingOfMembersThatItDoesNotKnow() {
        on("/v1/invalidations", 200, "{\"positions\":{\"users\":\"" + POSITION + "\"},\"invalidations\":1}");

        assertThat(run("publish", "users", "--key", "a").out().strip()).isEqualTo("published to users at " + POSITION);
    }

    @Test
    void aDryRunPublishesNothing() {
        on(
                "/v1/invalidations",
                200,
                "{\"dryRun\":true,\"region\":\"users\",\"members\":3,\"answered\":3,\"entries\":12,\"silent\":[]}");

        Outcome outcome = run("publish", "users", "--all", "--dry-run");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("would evict 12 entries on 3 of 3 live members");
        assertThat(sent)
                .containsExactly(new Sent(
                        "POST",
                        "/v1/invalidations?dryRun=true&timeout=2000ms",
                        "",
                        "{\"region\":\"users\",\"all\":true}"));
    }

    @Test
    void membersAreListedWithWhatThePublisherSays() {
        on(
                "/v1/regions/users",
                200,
                "{\"region\":\"users\",\"head\":\"" + POSITION + "\",\"logRecords\":7,\"members\":1,\"subscribers\":[{"
                        + "\"name\":\"pod-1\",\"id\":\"x\",\"position\":\"" + POSITION
                        + "\",\"lagRecords\":0,\"confirmedAgeSeconds\":0.25}]}");
        on("/v1/regions", 200, "{\"regions\":[{\"region\":\"users\",\"head\":null,\"logRecords\":0,\"members\":2}]}");

        Outcome one = run("members", "users");
        assertThat(one.out()).contains("7 records in the log, 1 live members", "pod-1", POSITION, "250.0 ms ago");
        Outcome all = run("members");
        assertThat(all.out()).contains("users: head none", "2 live members", "need the right members");
        assertThat(run("members", "--json").out()).contains("\"members\":null");
    }

    @ParameterizedTest
    @CsvSource({
        "401, token-required, This port needs a token., --token-file",
        "403, forbidden, It lacks the right broad., broad",
        "409, too-broad, Name less., Name less",
        "503, redis-away, Redis is unavailable., unavailable",
    })
    void aRefusalIsSaidInThePublishersWords(int status, String type, String detail, String said) {
        on(
                "/v1/invalidations",
                status,
                "{\"type\":\"urn:problem-type:freshet:" + type + "\",\"detail\":\"" + detail + "\"}");

        Outcome outcome = run("publish", "users", "--key", "a");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("refuses: " + status, detail, said).doesNotContain("Exception");
    }

    @Test
    void whatIsNoPublisherIsSaidToBeNone() {
        assertThat(run("members").err()).contains("refuses: 404 without a reason; is it a publisher?");
    }

    @Test
    void wherePublishersAreNotIsSaidInASentence() {
        server.stop(0);

        Outcome outcome = run("publish", "users", "--key", "a");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("gives no answer").doesNotContain("Exception", "\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two\nlines\n", "with space", "tab\tbed", "quo\"ted"})
    void aTokenFileHoldsOneToken(String text) throws IOException {
        Outcome outcome = run("members", "--token-file", token(text));

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains(folder.toString(), "must hold one token and nothing else");
        assertThat(text.isEmpty() || !outcome.err().contains(text.strip())).isTrue();
        assertThat(sent).isEmpty();
    }

    @Test
    void aTokenFileThatIsMissingIsNamed() {
        Outcome outcome =
                run("members", "--token-file", folder.resolve("missing").toString());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("missing", "does not exist");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "members --token-file f",
                "members --ca f",
                "publish users --key a --certificate c --certificate-key k",
                "members --publisher ftp://h:1",
                "members --publisher http://user:s3cret@h:1",
                "members --publisher http://h:1/v1",
                "members --publisher https://h:1 --certificate c",
                "members --publisher h:8700",
                "publish users --all --publisher http://h:1 --maximum-entries 5",
            })
    void optionsThatDoNotFitTogetherAreRefused(String arguments) {
        Outcome outcome = Outcome.of(arguments.split(" ", -1));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).doesNotContain("s3cret");
    }
}

package dev.freshet.e2e.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.readme.Commands;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import dev.freshet.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Runs the tests of the clients in other languages with real processes, and the commands of their pages. */
@Tag("pure")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class ClientsIT {

    /** A client's folder, its file, and how its language runs its tests and prints its decision table. */
    private record Client(String name, String file, List<String> tests, List<String> decisions) {

        private Path folder() {
            return Checkout.file("clients/" + name);
        }
    }

    static final List<Client> CLIENTS = List.of(
            new Client(
                    "python",
                    "freshet.py",
                    List.of("python3", "-W", "error", "-m", "unittest", "test_freshet"),
                    List.of("python3", "-c", "import freshet, json; print(json.dumps(freshet.DECISIONS))")),
            new Client(
                    "node",
                    "freshet.mjs",
                    List.of("node", "--test", "freshet.test.mjs"),
                    List.of(
                            "node",
                            "--input-type=module",
                            "-e",
                            "import { DECISIONS } from './freshet.mjs'; console.log(JSON.stringify(DECISIONS))")));

    /** The request of the decision table, by the operation of the OpenAPI document. */
    private static final Map<String, String> REQUESTS = Map.of(
            "readEntry", "read",
            "readEntries", "batch",
            "storeEntry", "store",
            "releaseLeases", "release",
            "evictEntry", "evict",
            "publish", "publish");

    private static final String TOKEN = "freshet_only-for-the-tests-of-the-clients-0123456";

    private RedisServer redis;
    private ServiceProcess publisher;
    private ServiceProcess subscriber;
    private ServiceProcess securedPublisher;
    private ServiceProcess securedSubscriber;
    private Path socket;
    private Path authority;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        redis = RedisServer.started();
        publisher = ServiceProcess.start("publisher", folder, "publisher", "{regions: [users, bytes]}", redis.uri());
        // So long that neither a wait for a position nor a lease ends on a slow machine.
        subscriber = ServiceProcess.start("subscriber", folder, "subscriber", """
                http: { min-position-wait: 30s }
                regions:
                  users: { maximum-entries: 10000, lease-ttl: 10m }
                  bytes: { maximum-entries: 10000, lease-ttl: 10m }
                """, redis.uri());
        startSecured(folder);
        publisher.awaitReady();
        subscriber.awaitReady();
        securedPublisher.awaitReady();
        securedSubscriber.awaitReady();
    }

    /** They take requests with the token only, over TLS and over a unix socket. */
    private void startSecured(Path folder) throws IOException {
        TestCertificates certificates = TestCertificates.in(Files.createDirectory(folder.resolve("tls")));
        TestCertificates.Issued issued = certificates.issue("publisher");
        authority = certificates.ca();
        socket = folder.resolve("s.sock");
        securedPublisher = ServiceProcess.start(
                "publisher",
                folder,
                "secured-publisher",
                "{}",
                redis.uri(),
                Map.of(
                        "FRESHET_HTTP_TOKENS_FILE", tokens(folder.resolve("publisher-tokens"), "publish,read"),
                        "FRESHET_HTTP_TLS_CERTIFICATE", issued.certificate().toString(),
                        "FRESHET_HTTP_TLS_KEY", issued.key().toString()));
        securedSubscriber = ServiceProcess.start(
                "subscriber",
                folder,
                "secured-subscriber",
                "{http: {min-position-wait: 30s}, regions: {users: {maximum-entries: 100, lease-ttl: 10m}}}",
                redis.uri(),
                Map.of(
                        "FRESHET_HTTP_TOKENS_FILE", tokens(folder.resolve("subscriber-tokens"), "read,write"),
                        "FRESHET_HTTP_SOCKET", socket.toString()));
    }

    private static String tokens(Path file, String rights) throws IOException {
        Files.writeString(file, "tests sha256:" + sha256(TOKEN) + " " + rights + " *\n");
        return file.toString();
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    void stop() {
        securedSubscriber.close();
        securedPublisher.close();
        subscriber.close();
        publisher.close();
        redis.close();
    }

    private HostTool.Finished run(Path folder, List<String> command) {
        HostTool.require(command.get(0));
        List<String> all = new ArrayList<>(List.of(
                "env",
                "PYTHONDONTWRITEBYTECODE=1",
                "FRESHET_SUBSCRIBER=" + address(subscriber),
                "FRESHET_PUBLISHER=" + address(publisher),
                "FRESHET_SECURED_PUBLISHER=https://127.0.0.1:" + securedPublisher.port(),
                "FRESHET_SECURED_SUBSCRIBER=" + socket,
                "FRESHET_CA=" + authority,
                "FRESHET_TOKEN=" + TOKEN));
        all.addAll(command);
        return HostTool.run(folder, all);
    }

    private static String address(ServiceProcess process) {
        URI uri = process.uri();
        return uri.getScheme() + "://" + uri.getAuthority();
    }

    @ParameterizedTest
    @FieldSource("CLIENTS")
    void everyTestOfTheClientPasses(Client client) {
        HostTool.Finished finished = run(client.folder(), client.tests());
        assertThat(finished.exit()).as(finished.out() + finished.err()).isZero();
        assertThat(finished.out() + finished.err()).doesNotContainPattern("(?i)# skipped [1-9]|skipped=[1-9]");
    }

    @ParameterizedTest
    @FieldSource("CLIENTS")
    void everyAnswerThatAnApplicationGivesHasADecision(Client client) throws IOException {
        JsonObject decisions =
                new JsonObject(run(client.folder(), client.decisions()).expectSuccess());
        assertThat(decisions.fieldNames()).containsExactlyInAnyOrderElementsOf(REQUESTS.values());
        int operations = 0;
        for (String application : List.of("publisher", "subscriber")) {
            JsonObject paths = new JsonObject(Files.readString(Checkout.file(
                            application + "/src/main/resources/dev/freshet/" + application + "/http/openapi.json")))
                    .getJsonObject("paths");
            for (String path : paths.fieldNames()) {
                for (String method : paths.getJsonObject(path).fieldNames()) {
                    if (!method.equals("parameters")) {
                        JsonObject operation = paths.getJsonObject(path).getJsonObject(method);
                        String request = REQUESTS.get(operation.getString("operationId"));
                        if (request != null) {
                            operations++;
                            assertThat(decisions.getJsonObject(request).fieldNames())
                                    .as(request)
                                    .containsAll(new TreeSet<>(
                                            operation.getJsonObject("responses").fieldNames()))
                                    .contains("broken");
                        }
                    }
                }
            }
        }
        assertThat(operations).isEqualTo(REQUESTS.size());
    }

    @ParameterizedTest
    @FieldSource("CLIENTS")
    void theCommandsOfThePageDoWhatItSays(Client client, @TempDir Path folder)
            throws IOException, InterruptedException {
        evict("user:1");
        evict("user:2");
        Files.copy(client.folder().resolve(client.file()), folder.resolve(client.file()));
        StringBuilder expected = new StringBuilder();
        StringBuilder printed = new StringBuilder();
        for (String command : Commands.of(client.folder().resolve("README.md"))) {
            if (command.startsWith("# ")) {
                expected.append(command.substring(2)).append('\n');
            } else {
                String typed = command.replace("http://127.0.0.1:8710", address(subscriber))
                        .replace("http://127.0.0.1:8700", address(publisher));
                printed.append(run(folder, List.of("bash", "-c", typed)).expectSuccess());
            }
        }
        assertThat(expected).isNotEmpty();
        assertThat(printed.toString()).isEqualTo(expected.toString());
    }

    /** What the page of another client has stored is not there. */
    private void evict(String key) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(subscriber.at("/v1/regions/users/entries/" + key))
                .DELETE()
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(204);
    }
}

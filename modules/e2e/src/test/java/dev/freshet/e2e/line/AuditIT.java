package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.e2e.tool.Http;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.MetricsPage;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The audit of processes: a publisher that audits, three sidecars, an application that says what is true, and the command. One update of the
 * application is published by nobody.
 */
@Tag("ci")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class AuditIT {

    /** As many as the truth is asked for at each look. */
    private static final int USERS = 4;

    /** Its update is not published. */
    private static final String FORGOTTEN = "/users/0";

    private final Map<String, String> truth = new ConcurrentHashMap<>();
    private final List<ServiceProcess> subscribers = new ArrayList<>();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private RedisServer redis;
    private HttpServer application;
    private ServiceProcess publisher;
    private CompletableFuture<Void> traffic;
    private Path folder;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        this.folder = folder;
        redis = RedisServer.started();
        application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/users/", exchange -> {
            byte[] value =
                    truth.getOrDefault(exchange.getRequestURI().getPath(), "").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(value.length == 0 ? 404 : 200, value.length == 0 ? -1 : value.length);
            exchange.getResponseBody().write(value);
            exchange.close();
        });
        application.start();
        publisher = ServiceProcess.start("publisher", folder, "publisher", """
                regions: [users]
                audit:
                  sample: 1
                  after: [1s]
                  truth: { users: { keys: "user:{id}", url: "%s" } }
                """.formatted(users()), redis.uri());
        for (String name : List.of("r1", "r2", "r3")) {
            subscribers.add(ServiceProcess.start(
                    "subscriber",
                    folder,
                    name,
                    "{name: " + name + ", regions: {users: {maximum-entries: 1000}}}",
                    redis.uri()));
        }
        publisher.awaitReady();
        subscribers.forEach(ServiceProcess::awaitReady);
        for (int i = 0; i < USERS; i++) {
            truth.put("/users/" + i, "v0");
        }
        traffic = Background.run(this::changeAndRead);
    }

    private String users() {
        return "http://127.0.0.1:" + application.getAddress().getPort() + "/users/{id}";
    }

    /** As a service does it: says that a user has changed, and reads users through the caches of all replicas. */
    private void changeAndRead() {
        for (int turn = 1; !isOver.get(); turn++) {
            int changed = 1 + turn % (USERS - 1);
            publish("user:" + changed);
            for (ServiceProcess subscriber : subscribers) {
                read(subscriber, changed);
                read(subscriber, 0);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void publish(String key) {
        Http.publish(publisher, "{\"region\":\"users\",\"keys\":[\"" + key + "\"]}");
    }

    private void read(ServiceProcess subscriber, int user) {
        var entry = subscriber.at("/v1/regions/users/entries/user:" + user);
        HttpResponse<String> found = Http.send(HttpRequest.newBuilder(entry));
        String lease = found.headers().firstValue("Lease").orElse(null);
        if (lease != null) {
            String value = truth.getOrDefault("/users/" + user, "");
            Http.send(HttpRequest.newBuilder(entry).header("Lease", lease).PUT(BodyPublishers.ofString(value)));
        }
    }

    @AfterAll
    void stop() {
        isOver.set(true);
        if (traffic != null) {
            traffic.join();
        }
        subscribers.forEach(ServiceProcess::close);
        if (publisher != null) {
            publisher.close();
        }
        if (application != null) {
            application.stop(0);
        }
        if (redis != null) {
            redis.close();
        }
    }

    private double metric(String name) {
        String page = publisher.metrics();
        return page.contains(name + "{") ? MetricsPage.parse(page).sum(name) : 0;
    }

    private Finished audit(String... more) {
        List<String> command = new ArrayList<>(List.of(
                ChildProcess.java(),
                "-jar",
                Checkout.file("modules/cli/target/freshet-cli.jar").toString(),
                "audit",
                "users",
                "--for",
                "2s",
                "--after",
                "1s",
                "--redis",
                redis.uri()));
        command.addAll(List.of(more));
        return HostTool.run(folder, command);
    }

    @Test
    void whatIsPublishedIsFreshAtEachReplicaAndWhatIsForgottenIsFound() {
        assertThat(audit("--truth-keys", "user:{id}", "--truth-url", users()))
                .returns(0, Finished::exit)
                .extracting(Finished::out)
                .asString()
                .contains("nothing stale in");
        await().until(() -> metric("freshet_audit_checked_total") > 100 && metric("freshet_audit_compared_total") > 20);
        assertThat(metric("freshet_audit_stale_total")).isZero();
        assertThat(metric("freshet_audit_wrong_total")).isZero();

        truth.put(FORGOTTEN, "nobody says so");
        await().until(() -> metric("freshet_audit_wrong_total") > 0);
        Finished found = audit("--truth-keys", "user:{id}", "--truth-url", users(), "--show-keys");
        assertThat(found.exit()).as(found.err()).isEqualTo(1);
        assertThat(found.out())
                .contains("user:0")
                .containsAnyOf("r1", "r2", "r3")
                .doesNotContain("nobody says so");
        assertThat(audit().exit()).as("without the truth nothing is seen").isZero();

        publish("user:0");
        assertThat(audit("--truth-keys", "user:{id}", "--truth-url", users()).exit())
                .isZero();
        assertThat(metric("freshet_audit_stale_total")).isZero();
    }
}

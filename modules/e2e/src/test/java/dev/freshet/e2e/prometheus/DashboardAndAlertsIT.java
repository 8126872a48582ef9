package dev.freshet.e2e.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.freshet.e2e.tool.EmbeddedClient;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import dev.freshet.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real Prometheus scrapes a publisher with two sources, another with TLS and tokens, two busy subscribers with a Redis tier, and a Java
 * process with a client. Every expression of the dashboard gives a number, and every series that an alert watches exists.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class DashboardAndAlertsIT {
    /** Only a Spring application has these; {@code ReleaseIT} finds them in one. */
    private static final String OF_SPRING = "freshet_spring_";

    private static final Pattern SELECTOR = Pattern.compile("\\b(?:freshet|cache|jvm|process)_\\w+(?:\\{[^}]*\\})?");
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);

    @RegisterExtension
    final Closing open = new Closing();

    private final List<ServiceProcess> processes = new ArrayList<>();
    private @Nullable PrometheusServer prometheus;

    @BeforeAll
    void start_the_whole_line(@TempDir Path folder) throws IOException {
        HostTool.require("prometheus");
        RedisServer redis = open.closing(RedisServer.started());
        PostgresServer database = open.closing(PostgresServer.start());
        createTable(database);
        ServiceProcess publisher = open.closing(ServiceProcess.start(
                "publisher-cdc",
                folder,
                "publisher",
                """
                audit: { sample: 1, after: [1s, 2s] }
                console: { port: %d }
                tracing: { endpoint: "http://127.0.0.1:%d" }
                sources:
                  shop:
                    kind: postgresql
                    uri: "%s"
                    rules:
                      products: { table: products, region: tiered, keys: "product:{id}" }
                  old:
                    kind: redis-channel
                    rules:
                      users: { channel: "invalidate_user:{id}", region: users, keys: ["user:{id}"] }
                """.formatted(LoopbackPorts.free(), LoopbackPorts.free(), database.uri()),
                redis.uri()));
        String regions = """
                regions:
                  users: { maximum-entries: 1000, expire-after-write: 10m }
                  tiered: { maximum-entries: 1000, redis-tier: { enabled: true } }
                """;
        String resp = """
                  copies: { maximum-entries: 1000 }
                resp: { port: %d, rules: { copies: { pattern: "copy:*", region: copies } } }
                """.formatted(LoopbackPorts.free());
        ServiceProcess one =
                open.closing(ServiceProcess.start("subscriber", folder, "one", regions + resp, redis.uri()));
        ServiceProcess two = open.closing(ServiceProcess.start("subscriber", folder, "two", regions, redis.uri()));
        EmbeddedClient embedded = open.closing(EmbeddedClient.start(redis.uri(), "users", "tiered"));
        ServiceProcess secured = open.closing(startSecured(folder, redis));
        processes.addAll(List.of(publisher, one, two, secured));
        processes.forEach(ServiceProcess::awaitReady);
        // Somebody who shows no token.
        HostTool.require("curl")
                .run(folder, "-ks", "https://127.0.0.1:" + secured.port() + "/v1/regions")
                .expectSuccess();
        open.closing(new Traffic(publisher, List.of(one, two)));
        prometheus = open.closing(PrometheusServer.start(
                folder,
                List.of(
                        new PrometheusServer.Target(publisher.managementPort(), "publisher-1", "freshet-publisher"),
                        new PrometheusServer.Target(one.managementPort(), "app-1", "freshet-subscriber"),
                        new PrometheusServer.Target(two.managementPort(), "app-2", "freshet-subscriber"),
                        new PrometheusServer.Target(secured.managementPort(), "publisher-2", "freshet-publisher"),
                        new PrometheusServer.Target(embedded.port(), "app-3", "shop"))));
    }

    private static ServiceProcess startSecured(Path folder, RedisServer redis) throws IOException {
        TestCertificates.Issued issued = TestCertificates.in(Files.createDirectory(folder.resolve("tls")))
                .issue("publisher");
        Path tokens = Files.writeString(folder.resolve("tokens"), "shop cn:shop publish *\n");
        return ServiceProcess.start(
                "publisher", folder, "secured", """
                http:
                  tokens-file: "%s"
                  tls: { certificate: "%s", key: "%s" }
                """.formatted(tokens, issued.certificate(), issued.key()), redis.uri());
    }

    private static void createTable(PostgresServer database) {
        try {
            database.execute("CREATE TABLE products (id int PRIMARY KEY)");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    static List<Dashboard.Query> queries() {
        return Dashboard.read().queries();
    }

    static Set<String> alertSelectors() {
        Set<String> selectors = new LinkedHashSet<>();
        for (Alerts.Alert alert : Alerts.all()) {
            Matcher matcher = SELECTOR.matcher(alert.expression());
            while (matcher.find()) {
                if (!matcher.group().startsWith(OF_SPRING)) {
                    selectors.add(matcher.group());
                }
            }
        }
        return selectors;
    }

    @ParameterizedTest
    @MethodSource("queries")
    void every_expression_of_the_dashboard_gives_a_number(Dashboard.Query query) {
        String expression =
                query.expression().replace("$__rate_interval", "20s").replaceAll("\\$(namespace|region|pod)", ".*");
        await(query.toString()).atMost(LONGEST_WAIT).until(() -> ask(expression), DashboardAndAlertsIT::hasNumber);
    }

    @ParameterizedTest
    @MethodSource("alertSelectors")
    void every_series_that_an_alert_watches_exists(String selector) {
        await(selector).atMost(LONGEST_WAIT).until(() -> ask("count(" + selector + ")"), result -> !result.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("dev.freshet.e2e.prometheus.AlertsTest#alerts")
    void every_alert_is_an_expression_that_prometheus_takes(Alerts.Alert alert) {
        ask(alert.expression());
    }

    @Test
    void an_expression_with_a_misspelt_metric_gives_nothing() {
        assertThat(hasNumber(ask("sum(rate(freshet_stale_window_second_bucket[20s]))")))
                .isFalse();
    }

    @Test
    void our_metrics_keep_the_rules_that_promtool_knows(@TempDir Path folder) throws IOException {
        HostTool promtool = HostTool.require("promtool");
        for (ServiceProcess process : processes) {
            String ours = process.metrics()
                    .lines()
                    .filter(line -> line.matches("(# (HELP|TYPE) )?freshet_.*"))
                    .collect(Collectors.joining("\n", "", "\n"));
            assertThat(ours).isNotBlank();
            Path file = Files.writeString(folder.resolve("metrics.txt"), ours);
            // The program reads only its standard input.
            HostTool.run(folder, List.of("/bin/sh", "-c", promtool.program() + " check metrics < " + file))
                    .expectSuccess();
        }
    }

    private JsonArray ask(String expression) {
        PrometheusServer server = prometheus;
        if (server == null) {
            throw new AssertionError("Prometheus is not running");
        }
        return server.query(expression);
    }

    private static boolean hasNumber(JsonArray result) {
        return StreamSupport.stream(result.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(series -> series.getAsJsonArray("value").get(1).getAsString())
                .anyMatch(value -> !value.equals("NaN"));
    }
}

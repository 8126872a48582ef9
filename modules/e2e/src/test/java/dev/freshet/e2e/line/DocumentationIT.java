package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares docs/OPERATIONS.md and docs/METRICS.md with running applications: each setting of their help, each metric. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocumentationIT {
    /** The metrics that dashboards and alerts of users rely on. */
    private static final List<String> PROMISED = List.of(
            "freshet_stale_window_seconds",
            "freshet_clock_error_seconds",
            "freshet_unconfirmed_seconds",
            "freshet_invalidations_total",
            "freshet_records_total",
            "freshet_evictions_total",
            "freshet_stale_hits_total",
            "freshet_gaps_total",
            "freshet_replayed_records_total",
            "freshet_resets_total",
            "freshet_store_refused_total",
            "freshet_members");

    private static final String BOTH = "Both sides";
    private static final String PUBLISHER = "Publisher";
    private static final String SUBSCRIBER = "Subscriber";

    private static final Pattern SETTING = Pattern.compile("(?m)^ {2}([a-z][a-z0-9.<>-]*) +\\S");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern METRIC = Pattern.compile("`(freshet_\\w+)");

    private Set<String> ofPublisher = Set.of();
    private Set<String> ofSubscriber = Set.of();

    @BeforeAll
    void ask_running_applications(@TempDir Path folder) throws IOException, InterruptedException {
        try (RedisServer redis = RedisServer.started();
                ServiceProcess publisher = ServiceProcess.start(
                        "publisher", folder, "publisher", "{regions: [users], audit: {sample: 1}}", redis.uri());
                ServiceProcess subscriber = ServiceProcess.start(
                        "subscriber", folder, "subscriber", "regions: {users: {maximum-entries: 10}}", redis.uri())) {
            // Some counters appear with the first event of their kind.
            exchange(HttpRequest.newBuilder(publisher.awaitReady().at("/v1/invalidations"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"region\":\"users\",\"keys\":[\"user:1\"]}")));
            exchange(HttpRequest.newBuilder(subscriber.awaitReady().at("/v1/regions/users/entries/user:1")));
            ofPublisher = metricsOf(publisher);
            ofSubscriber = metricsOf(subscriber);
        }
    }

    /** Returns the documented settings. A setting in two tables fails the test: it would be explained twice. */
    @Test
    void the_tables_of_settings_name_each_setting_once_and_nothing_else() throws IOException {
        Set<String> settings = new TreeSet<>(settingsOf("publisher"));
        settings.addAll(settingsOf("subscriber"));
        String operations = read("docs/OPERATIONS.md");
        String tables = operations.substring(
                operations.indexOf("## Ten settings that matter"), operations.indexOf("## What Redis needs"));
        List<String> documented = tables.lines()
                .filter(row -> row.startsWith("| `"))
                .flatMap(row ->
                        QUOTED.matcher(row.substring(0, row.indexOf('|', 1))).results())
                .map(name -> name.group(1))
                .toList();

        assertThat(settings).contains("redis.uri", "http.port", "log.level");
        assertThat(documented).containsExactlyInAnyOrderElementsOf(settings);
    }

    @Test
    void the_settings_of_a_region_are_among_them() {
        assertThat(settingsOf("subscriber")).contains("regions.<name>.lease-ttl", "regions.<name>.unconfirmed.policy");
    }

    @Test
    void every_metric_of_the_publisher_is_documented_as_one_of_its_own() throws IOException {
        assertThat(ofPublisher).contains("freshet_records_total");
        assertThat(documentedMetrics(BOTH, PUBLISHER)).containsAll(ofPublisher);
    }

    @Test
    void every_metric_of_a_subscriber_is_documented_as_one_of_its_own() throws IOException {
        assertThat(ofSubscriber).contains("freshet_records_total");
        assertThat(documentedMetrics(BOTH, SUBSCRIBER)).containsAll(ofSubscriber);
    }

    @Test
    void what_is_documented_of_both_applications_is_what_both_have() throws IOException {
        assertThat(documentedMetrics(BOTH)).isNotEmpty();
        assertThat(ofPublisher).containsAll(documentedMetrics(BOTH));
        assertThat(ofSubscriber).containsAll(documentedMetrics(BOTH));
    }

    @ParameterizedTest
    @ValueSource(strings = {PUBLISHER, SUBSCRIBER})
    void no_metric_is_documented_that_its_application_does_not_have(String section) throws IOException {
        Set<String> documented = new TreeSet<>(documentedMetrics(section));
        documented.removeAll(documentedMetrics(BOTH));
        documented.removeAll(section.equals(PUBLISHER) ? ofPublisher : ofSubscriber);
        // Metrics of parts that are off unless configured: the application's sources must name them.
        String sources = sourcesOf(section.toLowerCase(Locale.ROOT))
                + sourcesOf("modules/micrometer")
                + sourcesOf("modules/resp");
        assertThat(documented)
                .allSatisfy(metric -> assertThat(meterNames(metric)).anyMatch(sources::contains));
    }

    /** Returns the names, in quotes, that Micrometer may have for a metric. */
    private static List<String> meterNames(String metric) {
        return Stream.of(metric, metric.replaceAll("_total$", ""), metric.replaceAll("_seconds$", ""))
                .map(name -> '"' + name.replace('_', '.') + '"')
                .toList();
    }

    private static String sourcesOf(String application) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(Checkout.file(application + "/src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    @Test
    void a_subscriber_has_every_metric_that_was_promised() {
        assertThat(ofSubscriber).containsAll(PROMISED);
    }

    private static List<String> settingsOf(String application) {
        List<String> command = new ArrayList<>(ServiceProcess.javaJar(application));
        command.add("--help");
        String help = HostTool.run(Checkout.root(), command).expectSuccess();
        return SETTING.matcher(help.substring(help.indexOf("Settings, as NAME")))
                .results()
                .map(setting -> setting.group(1))
                .toList();
    }

    private static void exchange(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpClient.newHttpClient().send(request.build(), BodyHandlers.discarding());
    }

    private static Set<String> metricsOf(ServiceProcess process) {
        return process.metricsPage().metrics().stream()
                .filter(metric -> metric.startsWith("freshet_"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the metrics that these sections of docs/METRICS.md name. */
    private static Set<String> documentedMetrics(String... sections) throws IOException {
        String page = read("docs/METRICS.md");
        Set<String> metrics = new TreeSet<>();
        for (String section : sections) {
            String heading = "\n## " + section + "\n";
            assertThat(page).containsOnlyOnce(heading);
            int begin = page.indexOf(heading) + heading.length();
            int end = page.indexOf("\n## ", begin);
            METRIC.matcher(page.substring(begin, end < 0 ? page.length() : end))
                    .results()
                    .forEach(name -> metrics.add(name.group(1)));
        }
        return metrics;
    }

    private static String read(String document) throws IOException {
        return Files.readString(Checkout.file(document));
    }
}

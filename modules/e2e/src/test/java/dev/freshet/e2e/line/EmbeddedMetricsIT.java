package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.EmbeddedClient;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A Java process with everything embedded has the metrics of both applications: the same names, labels, and values of labels. */
@Tag("pure")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddedMetricsIT {

    private static final Pattern SERIES = Pattern.compile("(?m)^((?:freshet|cache)_\\w+(?:\\{[^}]*})?) ");

    /** What only HTTP and the reasons of its refusals have. */
    private static final Pattern OF_HTTP = Pattern.compile(
            "freshet_(http_|publisher_http_|publisher_request_|waiting_reads|publisher_refused_total.*(invalid|too-large|too-broad|forbidden)\").*");

    private Set<String> ofPublisher = Set.of();
    private Set<String> ofSubscriber = Set.of();
    private Set<String> ofClient = Set.of();

    @BeforeAll
    void ask_all_three(@TempDir Path folder) throws IOException {
        String regions = "regions: {users: {maximum-entries: 10, redis-tier: {enabled: true}}}";
        try (RedisServer redis = RedisServer.started();
                ServiceProcess publisher =
                        ServiceProcess.start("publisher", folder, "publisher", "{regions: [users]}", redis.uri());
                ServiceProcess subscriber =
                        ServiceProcess.start("subscriber", folder, "subscriber", regions, redis.uri());
                EmbeddedClient client = EmbeddedClient.start(redis.uri(), "users")) {
            publisher.awaitReady();
            subscriber.awaitReady();
            ofPublisher = series(publisher.metrics());
            ofSubscriber = series(subscriber.metrics());
            ofClient = series(client.metrics());
            await().untilAsserted(() -> assertThat(client.metrics())
                    .contains(
                            "freshet_records_total{region=\"users\",side=\"publisher\"} 1.0",
                            "freshet_records_total{region=\"users\",side=\"subscriber\"} 1.0"));
        }
    }

    private static Set<String> series(String page) {
        return SERIES.matcher(page)
                .results()
                .map((MatchResult one) -> one.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void what_the_applications_have_the_client_has_under_the_same_labels() {
        Set<String> ofApplications = new TreeSet<>(ofPublisher);
        ofApplications.addAll(ofSubscriber);
        ofApplications.removeIf(series -> OF_HTTP.matcher(series).matches());

        assertThat(ofPublisher).isNotEmpty();
        assertThat(ofSubscriber).isNotEmpty();
        assertThat(ofClient).containsAll(ofApplications);
    }

    @Test
    void the_client_has_nothing_more_than_its_own() {
        Set<String> more = new TreeSet<>(ofClient);
        more.removeAll(ofPublisher);
        more.removeAll(ofSubscriber);

        assertThat(more)
                .isNotEmpty()
                .allMatch(series -> series.startsWith("freshet_client_") || series.contains("code=\"observer\""));
    }
}

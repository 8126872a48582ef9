package dev.freshet.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.MetricsPage;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/METRICS.md names what a client registers, and nothing else. Another test compares it with the applications. */
@Tag("pure")
class MetricsPageTest {

    private static final Pattern METRIC = Pattern.compile("`((?:freshet|cache)_\\w+)");

    @Test
    void thePageNamesEveryMetricOfAClientAndNothingElse() throws IOException {
        Set<String> documented = documented("Both sides", "### Appends", "Subscriber", "Java client");
        documented.removeAll(Set.of("cache_", "freshet_waiting_reads")); // the prefix; reads over HTTP
        documented.removeIf(name -> name.startsWith("freshet_http_") || name.startsWith("freshet_resp_"));

        assertThat(registered()).containsExactlyElementsOf(documented);
    }

    @Test
    void theCallOfTheJavaPageIsTheOneThatWorks() throws IOException {
        assertThat(Files.readString(Checkout.file("docs/JAVA.md")))
                .contains("Freshet.connect(FreshetConfig.of(uri).withObserver(FreshetMetrics.of(registry)));")
                .contains("<groupId>dev.freshet</groupId><artifactId>freshet-micrometer</artifactId>");
        assertThat(registered()).contains("freshet_records_total", "freshet_append_seconds");
    }

    private static Set<String> registered() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        String uri = TestClients.NOBODY;
        try (Freshet freshet = Freshet.connect(FreshetConfig.of(uri).withObserver(FreshetMetrics.of(registry)))) {
            freshet.region("users", Clients.options().tier(TestClients.TEXT, Duration.ofHours(1)));
            freshet.region("products", Clients.options());
            return new TreeSet<>(MetricsPage.parse(registry.scrape()).metrics());
        }
    }

    /** Returns the metrics that these sections name; a section whose heading has no hashes is one of the page's large ones. */
    private static Set<String> documented(String... sections) throws IOException {
        String page = Files.readString(Checkout.file("docs/METRICS.md"));
        Set<String> metrics = new TreeSet<>();
        for (String section : sections) {
            String mark = section.startsWith("#") ? "" : "## ";
            String heading = "\n" + mark + section + "\n";
            assertThat(page).containsOnlyOnce(heading);
            int begin = page.indexOf(heading) + heading.length();
            int end = page.indexOf(mark.isEmpty() ? "\n##" : "\n## ", begin);
            METRIC.matcher(page.substring(begin, end < 0 ? page.length() : end))
                    .results()
                    .forEach(name -> metrics.add(name.group(1)));
        }
        return metrics;
    }
}

package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.line.SpanReceiver.Received;
import dev.freshet.e2e.tool.Http;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One trace over all processes: a publisher that reads PostgreSQL and takes requests, and three sidecars. */
@Tag("ci")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class TracesIT {

    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319";
    private static final String SPAN = "b7ad6b7169203331";

    private final List<ServiceProcess> subscribers = new ArrayList<>();
    private SpanReceiver receiver;
    private RedisServer redis;
    private PostgresServer database;
    private ServiceProcess publisher;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException, SQLException {
        receiver = SpanReceiver.start();
        redis = RedisServer.started();
        database = PostgresServer.start();
        database.execute(
                "CREATE TABLE products (id int PRIMARY KEY, price bigint NOT NULL)",
                "INSERT INTO products VALUES (1, 10)",
                Files.readString(
                        Checkout.file("modules/sources/src/main/resources/dev/freshet/sources/outbox-postgresql.sql")));
        Map<String, String> tracing = Map.of("FRESHET_TRACING_ENDPOINT", receiver.endpoint());
        for (String name : List.of("r1", "r2", "r3")) {
            subscribers.add(ServiceProcess.start(
                    "subscriber",
                    folder,
                    name,
                    "{name: " + name + ", regions: {products: {maximum-entries: 100}}}",
                    redis.uri(),
                    tracing));
        }
        subscribers.forEach(ServiceProcess::awaitReady);
        publisher = ServiceProcess.start(
                        "publisher-cdc",
                        folder,
                        "publisher",
                        """
                sources:
                  shop:
                    kind: postgresql
                    uri: "%s"
                    rules:
                      products: { table: products, region: products, keys: "product:{id}" }
                  events:
                    kind: outbox
                    uri: "%s"
                """.formatted(database.uri(), database.uri()),
                        redis.uri(),
                        tracing)
                .awaitReady();
        // A publisher is ready before its sources read; what is committed before there is a slot is none of its
        // changes.
        await("the sources read").atMost(LONG).until(() -> {
            String ready = Http.send(HttpRequest.newBuilder(publisher.management("/health/ready")))
                    .body();
            return ready.contains("\"shop\":\"reads") && ready.contains("\"events\":\"reads");
        });
    }

    @AfterAll
    void stop() {
        subscribers.forEach(ServiceProcess::close);
        if (publisher != null) {
            publisher.close();
        }
        if (database != null) {
            database.close();
        }
        if (redis != null) {
            redis.close();
        }
        if (receiver != null) {
            receiver.close();
        }
    }

    private List<Received> of(String traceId) {
        return receiver.spans().stream()
                .filter(span -> span.traceId().equals(traceId))
                .toList();
    }

    private static List<Received> named(List<Received> spans, String name) {
        return spans.stream().filter(span -> span.name().equals(name)).toList();
    }

    private static Received only(List<Received> spans, String name) {
        assertThat(named(spans, name)).as(name).hasSize(1);
        return named(spans, name).get(0);
    }

    /** Waits until three replicas have evicted what this trace is about, and returns all its spans. */
    private List<Received> whole(String traceId) {
        await().atMost(LONG)
                .until(() -> named(of(traceId), "freshet evict").size() == 3
                        && !named(of(traceId), "freshet accept").isEmpty()
                        && !named(of(traceId), "freshet append").isEmpty());
        List<Received> spans = of(traceId);
        Received accept = only(spans, "freshet accept");
        assertThat(accept.service()).isEqualTo("freshet-publisher");
        assertThat(only(spans, "freshet append").parent()).isEqualTo(accept.spanId());
        Set<String> deliveries = named(spans, "freshet deliver").stream()
                .peek(deliver -> assertThat(deliver.parent()).isEqualTo(accept.spanId()))
                .peek(deliver -> assertThat(deliver.service()).isEqualTo("freshet-subscriber"))
                .map(Received::spanId)
                .collect(Collectors.toSet());
        assertThat(named(spans, "freshet evict").stream().map(Received::parent))
                .containsExactlyInAnyOrderElementsOf(deliveries);
        assertThat(named(spans, "freshet evict").stream().map(Received::process))
                .doesNotHaveDuplicates();
        assertThat(spans.toString()).doesNotContain("product:");
        return spans;
    }

    private void publish(String body, String type, String traceparent) {
        Http.publish(publisher, type, body, "traceparent", traceparent);
    }

    @Test
    void aCommitInPostgresqlIsOneTraceUpToTheThirdEviction() throws SQLException {
        database.execute("UPDATE products SET price = 11 WHERE id = 1");

        await().atMost(LONG).until(() -> receiver.spans().stream()
                .anyMatch(span -> span.name().equals("freshet evict")
                        && "keys".equals(span.attributes().get("freshet.selector"))
                        && !span.traceId().startsWith(TRACE)));
        String traceId = receiver.spans().stream()
                .filter(span -> span.name().equals("freshet evict")
                        && "keys".equals(span.attributes().get("freshet.selector"))
                        && !span.traceId().startsWith(TRACE))
                .findFirst()
                .orElseThrow()
                .traceId();
        List<Received> spans = whole(traceId);
        Received change = only(spans, "freshet change");
        assertThat(change.parent()).isEmpty();
        assertThat(only(spans, "freshet accept").parent()).isEqualTo(change.spanId());
    }

    @Test
    void aRequestGoesOnInTheTraceOfItsCaller() throws Exception {
        String body = "{\"region\":\"products\",\"keys\":[\"product:1\"]}";
        publish(body, "application/json", "00-" + TRACE + "1-" + SPAN + "-01");
        assertThat(only(whole(TRACE + "1"), "freshet accept").parent()).isEqualTo(SPAN);
    }

    @Test
    void eachLineOfAStreamMayNameATraceOfItsOwn() throws Exception {
        String lines = """
                {"region":"products","keys":["product:1"],"traceparent":"00-%s2-%s-01"}
                {"region":"products","keys":["product:2"]}
                """.formatted(TRACE, SPAN);
        publish(lines, "application/x-ndjson", "00-" + TRACE + "3-" + SPAN + "-01");
        await().atMost(LONG)
                .until(() -> named(of(TRACE + "2"), "freshet evict").size() == 3
                        && named(of(TRACE + "3"), "freshet evict").size() == 3);
        await().atMost(LONG)
                .until(() -> !named(of(TRACE + "2"), "freshet append").isEmpty()
                        && !named(of(TRACE + "3"), "freshet accept").isEmpty());
        Received other = only(of(TRACE + "3"), "freshet accept");
        assertThat(only(of(TRACE + "2"), "freshet accept").parent()).isEqualTo(SPAN);
        assertThat(other.parent()).isEqualTo(SPAN);
        // Both lines are in one record, whose append belongs to the first of them and is linked to the other.
        assertThat(only(of(TRACE + "2"), "freshet append").links()).containsExactly(other.spanId());
        assertThat(named(of(TRACE + "3"), "freshet append")).isEmpty();
    }

    @Test
    void whatItsCallerDoesNotRecordIsNotRecordedHere() throws Exception {
        String body = "{\"region\":\"products\",\"tags\":[\"blue\"]}";
        publish(body, "application/json", "00-" + TRACE + "6-" + SPAN + "-00");
        publish(body, "application/json", "00-" + TRACE + "7-" + SPAN + "-01");
        whole(TRACE + "7"); // each process sends its spans in order
        assertThat(of(TRACE + "6")).isEmpty();
    }

    /** The library takes memory that an idle sidecar does not have. Records that name a trace do not load it either. */
    @Test
    void withoutAnEndpointNothingOfTheTracingLibraryIsLoaded(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        String before = subscribers.get(0).metrics();
        try (ServiceProcess off = ServiceProcess.start(
                        "subscriber",
                        folder,
                        "off",
                        "{name: off, regions: {products: {maximum-entries: 100}}}",
                        redis.uri(),
                        Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes))
                .awaitReady()) {
            assertThat(before).contains("freshet_spans_total");
            String body = "{\"region\":\"products\",\"keys\":[\"product:4\"]}";
            publish(body, "application/json", "00-" + TRACE + "8-" + SPAN + "-01");
            await("it has applied a record that names a trace")
                    .atMost(LONG)
                    .until(() -> off.metricsPage().sum("freshet_stale_window_seconds_count", "stage=\"total\"") > 0);
            assertThat(off.metrics()).doesNotContain("freshet_spans_total");
        }
        assertThat(Files.readString(classes))
                .contains("dev.freshet.schema.TraceContext")
                .doesNotContain("io.opentelemetry");
    }

    @Test
    void aRowOfAnOutboxGoesOnInTheTraceThatItNames() throws SQLException {
        database.execute(
                "INSERT INTO freshet_outbox (invalidation) VALUES ('{\"region\":\"products\",\"tags\":[\"red\"],"
                        + "\"traceparent\":\"00-" + TRACE + "4-" + SPAN + "-01\"}')");
        assertThat(only(whole(TRACE + "4"), "freshet accept").parent()).isEqualTo(SPAN);
    }

    /** As the specification says: what cannot be read is no trace, and no fault. */
    @Test
    void aTraceparentThatIsNotValidIsIgnored() throws Exception {
        String body = "{\"region\":\"products\",\"prefixes\":[\"p\"]}";
        publish(body, "application/json", "00-what-ever-01");
        publish(
                body.replace("}", ",\"traceparent\":\"00-" + "0".repeat(32) + "-" + SPAN + "-01\"}"),
                "application/json",
                "");
        await().atMost(LONG).until(() -> receiver.spans().stream()
                .anyMatch(span -> "prefixes".equals(span.attributes().get("freshet.selector"))));
    }

    @Test
    void theStaleWindowShowsATraceAsAnExample() throws Exception {
        String body = "{\"region\":\"products\",\"keys\":[\"product:3\"]}";
        publish(body, "application/json", "00-" + TRACE + "5-" + SPAN + "-01");
        whole(TRACE + "5");
        String metrics = Http.send(HttpRequest.newBuilder(subscribers.get(0).management("/metrics"))
                        .header("Accept", "application/openmetrics-text; version=1.0.0"))
                .body();
        assertThat(metrics.lines()
                        .filter(line ->
                                line.startsWith("freshet_stale_window_seconds_bucket") && line.contains("trace_id=")))
                .isNotEmpty();
        assertThat(metrics.lines().filter(line -> line.contains("trace_id=")))
                .as("Prometheus refuses a page with an example elsewhere")
                .allMatch(line -> line.contains("_bucket{"));
        assertThat(subscribers.get(0).metrics()).doesNotContain("trace_id=");
        assertThat(publisher.metricsPage().sum("freshet_spans_total", "result=\"exported\""))
                .isPositive();
    }
}

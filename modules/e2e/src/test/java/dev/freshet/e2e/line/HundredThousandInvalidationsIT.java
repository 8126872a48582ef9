package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.freshet.e2e.line.PipelinedClient.Answer;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.MetricsPage;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Publishes 100,000 invalidations of one key each at the same time, half of them as single requests and half as lines of
 * streams. None is lost on the way to two subscribers, no other entry is evicted, and both ends count the same.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class HundredThousandInvalidationsIT {
    private static final int AS_REQUESTS = 50_000;
    private static final int STREAMS = 5;
    private static final int LINES_A_STREAM = 10_000;
    private static final int INVALIDATIONS = AS_REQUESTS + STREAMS * LINES_A_STREAM;

    /** Entries of each subscriber: some are invalidated, the others must stay. */
    private static final int INVALIDATED_ENTRIES = INVALIDATIONS / 10;

    private static final int UNTOUCHED_ENTRIES = 5_000;

    private static final String REGION = "users";
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);

    /** Settings with which a machine that stands still for a moment makes nothing appear twice, and nothing missing. */
    private static final String PATIENT = "redis: {connect-timeout: 20s, command-timeout: 20s}\n";

    @RegisterExtension
    final Closing open = new Closing();

    private final List<ServiceProcess> subscribers = new ArrayList<>();
    private final Set<String> positions = ConcurrentHashMap.newKeySet();
    private final PipelinedClient http = open.closing(new PipelinedClient());
    private final MetricsPage[] received = new MetricsPage[2];
    private MetricsPage published = MetricsPage.parse("");

    @BeforeAll
    void store_the_entries_and_publish_the_invalidations(@TempDir Path folder) {
        RedisServer redis = open.closing(RedisServer.started());
        ServiceProcess publisher =
                open.closing(ServiceProcess.start("publisher", folder, "publisher", PATIENT, redis.uri()));
        String regions = PATIENT
                + "heartbeat: 5s\n"
                + "regions: {%s: {maximum-entries: 100000, lease-ttl: 1m, unconfirmed: {after: 1h}}}\n"
                        .formatted(REGION);
        for (String name : List.of("one", "two")) {
            subscribers.add(open.closing(ServiceProcess.start("subscriber", folder, name, regions, redis.uri())));
        }
        publisher.awaitReady();
        subscribers.forEach(ServiceProcess::awaitReady);

        subscribers.forEach(this::storeAll);
        publishAll(publisher);

        // Metrics show what is done a moment after callers and readers see it.
        published = awaitPage(
                publisher,
                page -> page.sum("freshet_invalidations_total") + page.sum("freshet_publisher_duplicates_total")
                        >= INVALIDATIONS);
        double expected = published.sum("freshet_invalidations_total");
        for (int i = 0; i < received.length; i++) {
            received[i] = awaitPage(
                    subscribers.get(i),
                    page -> page.sum("freshet_stale_window_seconds_count", label("stage", "total")) >= expected);
        }
    }

    private void storeAll(ServiceProcess subscriber) {
        PipelinedClient.join(http.forEach(INVALIDATED_ENTRIES, i -> store(subscriber, invalidatedEntry(i))));
        PipelinedClient.join(http.forEach(UNTOUCHED_ENTRIES, i -> store(subscriber, untouchedEntry(i))));
        MetricsPage metrics = subscriber.metricsPage();
        assertThat(metrics.sum("cache_puts_total", label("cache", REGION)))
                .isEqualTo(INVALIDATED_ENTRIES + UNTOUCHED_ENTRIES);
    }

    private Future<?> store(ServiceProcess subscriber, String key) {
        return http.get(entry(subscriber, key), Map.of()).compose(miss -> {
            String lease = miss.expect(404).headers().get("Lease");
            return http.send(HttpMethod.PUT, entry(subscriber, key), Map.of("Lease", lease), Buffer.buffer(key))
                    .map(stored -> stored.expect(204));
        });
    }

    /** Sends requests and streams at the same time, so that their invalidations share records. */
    private void publishAll(ServiceProcess publisher) {
        URI address = publisher.at("/v1/invalidations");
        List<Future<?>> all = new ArrayList<>();
        for (int stream = 0; stream < STREAMS; stream++) {
            int first = AS_REQUESTS + stream * LINES_A_STREAM;
            String lines = IntStream.range(first, first + LINES_A_STREAM)
                    .mapToObj(HundredThousandInvalidationsIT::invalidation)
                    .collect(Collectors.joining("\n"));
            all.add(post(address, "application/x-ndjson", lines, LINES_A_STREAM));
        }
        all.add(http.forEach(AS_REQUESTS, n -> post(address, "application/json", invalidation(n), 1)));
        PipelinedClient.join(Future.all(all));
    }

    private Future<?> post(URI address, String type, String body, int invalidations) {
        return http.send(HttpMethod.POST, address, Map.of("Content-Type", type), Buffer.buffer(body))
                .map(answer -> {
                    JsonObject json = JsonParser.parseString(
                                    answer.expect(200).body().toString())
                            .getAsJsonObject();
                    assertThat(json.get("invalidations").getAsInt()).isEqualTo(invalidations);
                    positions.add(json.getAsJsonObject("positions").get(REGION).getAsString());
                    return answer;
                });
    }

    private static MetricsPage awaitPage(ServiceProcess process, Predicate<MetricsPage> isComplete) {
        return await("all is counted").atMost(LONGEST_WAIT).until(process::metricsPage, isComplete);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void no_invalidated_entry_is_left(int subscriber) {
        ServiceProcess process = subscribers.get(subscriber);
        // The promise of a position: a read with it sees nothing that was invalidated up to it.
        Map<String, String> afterTheLast = Map.of("Min-Position", lastPosition());
        PipelinedClient.join(
                http.forEach(INVALIDATED_ENTRIES, i -> http.get(entry(process, invalidatedEntry(i)), afterTheLast)
                        .map(answer -> answer.expect(404))));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void what_was_not_invalidated_is_still_there(int subscriber) {
        ServiceProcess process = subscribers.get(subscriber);
        PipelinedClient.join(http.forEach(UNTOUCHED_ENTRIES, i -> http.get(entry(process, untouchedEntry(i)), Map.of())
                .map(HundredThousandInvalidationsIT::bodyOfHit)
                .map(value -> assertThat(value).isEqualTo(untouchedEntry(i)))));
    }

    @Test
    void the_publisher_accounts_for_each_that_was_accepted() {
        double appended = published.sum("freshet_invalidations_total", label("region", REGION));
        double duplicates = published.sum("freshet_publisher_duplicates_total", label("region", REGION));

        assertThat(appended + duplicates).isEqualTo(INVALIDATIONS);
        assertThat(duplicates).isLessThanOrEqualTo(INVALIDATIONS / 10.0);
        assertThat(published.sum("freshet_publisher_refused_total")).isZero();
        assertThat(published.sum("freshet_publisher_appended_again_total")).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void a_subscriber_counts_what_the_publisher_counts(int subscriber) {
        for (String counter : List.of("freshet_invalidations_total", "freshet_records_total")) {
            assertThat(received[subscriber].sum(counter, label("region", REGION)))
                    .as(counter)
                    .isEqualTo(published.sum(counter, label("region", REGION)));
        }
        assertThat(received[subscriber].sum("freshet_records_total"))
                .as("records, by the sequence of the last")
                .isEqualTo((double) sequence(lastPosition()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void a_subscriber_missed_nothing_and_reset_nothing(int subscriber) {
        for (String counter : List.of(
                "freshet_gaps_total",
                "freshet_resets_total",
                "freshet_refused_records_total",
                "freshet_replayed_records_total",
                "freshet_duplicate_records_total",
                "freshet_buffer_overflows_total")) {
            assertThat(received[subscriber].sum(counter)).as(counter).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void each_stored_and_invalidated_entry_counts_as_one_eviction(int subscriber) {
        assertThat(received[subscriber].sum("freshet_evictions_total", label("selector", "key")))
                .isEqualTo(INVALIDATED_ENTRIES);
        assertThat(received[subscriber].sum("freshet_evictions_total")).isEqualTo(INVALIDATED_ENTRIES);
        assertThat(received[subscriber].sum("freshet_store_refused_total")).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void the_stale_window_of_each_is_recorded_in_every_stage(int subscriber) {
        for (String stage : List.of("source", "append", "delivery", "evict", "total")) {
            assertThat(received[subscriber].sum("freshet_stale_window_seconds_count", label("stage", stage)))
                    .as(stage)
                    .isEqualTo(received[subscriber].sum("freshet_invalidations_total"));
        }
    }

    /** Repeats every tenth invalidation, so that some equal ones meet in the queue and become one. */
    private static String invalidation(int number) {
        int user = number % 10 == 9 ? number - 1 : number;
        return "{\"region\":\"%s\",\"keys\":[\"user:%d\"]}".formatted(REGION, user);
    }

    /** Returns an entry that is invalidated; of ten invalidations in a row, two name it. */
    private static String invalidatedEntry(int number) {
        return "user:" + (number * 10 + 8);
    }

    /** Returns a key that begins with an invalidated one, because nothing here may be evicted by prefix. */
    private static String untouchedEntry(int number) {
        return "user:" + number + ":untouched";
    }

    private static URI entry(ServiceProcess subscriber, String key) {
        return subscriber.at("/v1/regions/" + REGION + "/entries/" + key);
    }

    private static String bodyOfHit(Answer answer) {
        return answer.expect(200).body().toString();
    }

    private String lastPosition() {
        String last = "";
        for (String position : positions) {
            if (last.isEmpty() || sequence(position) > sequence(last)) {
                last = position;
            }
        }
        return last;
    }

    private static long sequence(String position) {
        return Long.parseLong(position.substring(position.indexOf('-') + 1));
    }

    private static String label(String name, String value) {
        return name + "=\"" + value + "\"";
    }
}

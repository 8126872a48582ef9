package dev.freshet.e2e.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A publisher and two subscribers are replaced one after the other, forth to this version and back to an older one, under traffic. No
 * member misses an invalidation, none resets, and no request fails.
 */
@Tag("ci")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class RollingUpgradeIT {

    /** Rounds that must go well between two replacements. */
    private static final int ROUNDS = 60;

    private static final String OLDER = "older";
    private static final String THIS = "this";

    @RegisterExtension
    final Closing open = new Closing();

    @TempDir
    private Path folder;

    private OlderVersion older;
    private RedisServer redis;
    private CheckedTraffic traffic;
    private final Map<String, ServiceProcess> running = new LinkedHashMap<>();

    @BeforeAll
    void build_the_older_version() throws IOException {
        older = OlderVersion.built();
    }

    @Test
    void no_member_misses_an_invalidation_when_subscribers_are_replaced_first() throws Exception {
        replaceForthAndBack("ABP", "PAB");
    }

    @Test
    @Tag("nightly")
    void no_member_misses_an_invalidation_when_the_publisher_is_replaced_first() throws Exception {
        replaceForthAndBack("PAB", "ABP");
    }

    /** One letter for each process that is replaced: P the publisher, A and B the subscribers. */
    private void replaceForthAndBack(String forth, String back) throws Exception {
        redis = open.closing(RedisServer.started());
        running.clear();
        traffic = open.closing(new CheckedTraffic());
        for (String process : List.of("P", "A", "B")) {
            replace(process, OLDER);
        }
        traffic.start();
        check();
        for (String process : letters(forth)) {
            replace(process, THIS);
            check();
        }
        for (String process : letters(back)) {
            replace(process, OLDER);
            check();
        }
        traffic.close();
        running.values().forEach(ServiceProcess::close);
    }

    private static List<String> letters(String word) {
        return word.chars().mapToObj(Character::toString).toList();
    }

    /** Starts the new process before the old one ends, as a rolling deployment does. */
    private void replace(String process, String version, String... options) throws IOException {
        boolean isPublisher = process.equals("P");
        String application = isPublisher ? "publisher" : "subscriber";
        Path jar = version.equals(OLDER) ? older.jar(application) : Checkout.jar(application);
        Path config = Files.writeString(
                folder.resolve(application + ".yaml"),
                isPublisher ? "log: {maximum-records: 10000}\n" : "regions: {users: {maximum-entries: 1000}}\n");
        ServiceProcess started = open.closing(ServiceProcess.startReady(
                jar,
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"),
                Stream.concat(Stream.of("--config", config.toString()), Stream.of(options))
                        .toList(),
                URI.create(redis.uri())));
        traffic.add(started, isPublisher);
        ServiceProcess former = running.put(process, started);
        if (former != null) {
            traffic.remove(former);
            if (!isPublisher) {
                assertNoReset(former);
            }
            former.close();
        }
    }

    private void check() throws Exception {
        long before = traffic.rounds();
        await().atMost(Duration.ofMinutes(2)).until(() -> traffic.rounds() >= before + ROUNDS);
        // The row of a member that has ended is gone, and those of both versions are understood.
        assertThat(traffic.publishToAll(process("P"))).contains("\"members\":2").contains("\"applied\":2");
        for (String subscriber : List.of("A", "B")) {
            assertNoReset(process(subscriber));
        }
    }

    private ServiceProcess process(String letter) {
        return Objects.requireNonNull(running.get(letter), letter);
    }

    private static void assertNoReset(ServiceProcess subscriber) {
        assertThat(subscriber.metricsPage().sum("freshet_resets_total"))
                .as("resets")
                .isZero();
    }

    @Test
    void a_member_that_hears_nothing_is_found() throws IOException {
        redis = open.closing(RedisServer.started());
        running.clear();
        traffic = open.closing(new CheckedTraffic());
        replace("P", THIS);
        replace("A", THIS, "--set", "redis.namespace=other");
        traffic.start();

        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThatThrownBy(traffic::rounds).hasStackTraceContaining(" answered 503 "));
    }

    @Test
    void the_older_jars_are_others() {
        if (older.isThisOne()) {
            return; // a clone without the history
        }
        for (String application : List.of("publisher", "subscriber")) {
            assertThat(older.jar(application)).isRegularFile().satisfies(jar -> assertThat(
                            Files.mismatch(jar, Checkout.jar(application)))
                    .isNotEqualTo(-1));
        }
    }
}

package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ManyRegionsTest {

    private static final int REGIONS = 60;
    private static final List<String> COME_AND_GO = List.of(
            "freshet-callbacks", "freshet-timeouts", "freshet-cache-", "freshet-queue", "freshet-write-timeout");

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static List<Region<String>> open(Freshet freshet, int from, int to) {
        List<Region<String>> regions = new ArrayList<>();
        for (int i = from; i < to; i++) {
            regions.add(freshet.region(
                    "region-" + i,
                    RegionOptions.<String>maximumEntries(100).tier(TestClients.TEXT, Duration.ofHours(1))));
        }
        await().until(() -> freshet.ready().isDone());
        regions.forEach(ManyRegionsTest::use);
        return regions;
    }

    /** So that what is started with the first use is started. */
    private static void use(Region<String> region) {
        assertThat(region.get("1", (key, load) -> region.name())).isEqualTo(region.name());
        region.invalidate("1").orThrow();
        assertThat(region.getIfPresent("1")).isNull();
    }

    /** The names of the threads that stay. The others come with what there is to do, and end by themselves. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name ->
                        name.startsWith("freshet-") && COME_AND_GO.stream().noneMatch(name::startsWith))
                .sorted()
                .toList();
    }

    private static long connections() {
        return REDIS.server().execute("CLIENT", "LIST").lines().count();
    }

    @Test
    void regionsShareThreadsAndConnections() {
        try (Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()))) {
            open(freshet, 0, 2);
            List<String> threads = threads();
            long connections = connections();

            List<Region<String>> others = open(freshet, 2, REGIONS);

            await().untilAsserted(() -> assertThat(threads()).isEqualTo(threads));
            await().untilAsserted(() -> assertThat(connections()).isEqualTo(connections));
            others.forEach(Region::close);
            await().untilAsserted(() -> assertThat(threads()).isEqualTo(threads));
        }
    }
}

package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of following, leaving, publishing and lost connections on a real Redis, beside a model of what each reader
 * must have seen: every key that was published after its region had caught up, or a reset after that; and nothing once it left.
 */
class FollowModelTest {

    private static final int REGIONS = 6;
    private static final int STEPS = 300;

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final RedisServer server = REDIS.server();
    private final Map<String, Followed> followed = new HashMap<>();
    private final Map<String, RecordingReader> readers = new HashMap<>();

    /** Readers that left, by how many events they had heard then. A reader that is followed again is taken out. */
    private final Map<RecordingReader, Integer> left = new HashMap<>();

    private int keys;

    /** What the model knows of a followed region. */
    private static final class Followed {
        private final RegionSubscription subscription;
        private final RecordingReader reader;
        private final int eventsBefore;
        private final List<Owed> owed = new ArrayList<>();

        Followed(RegionSubscription subscription, RecordingReader reader, int eventsBefore) {
            this.subscription = subscription;
            this.reader = reader;
            this.eventsBefore = eventsBefore;
        }

        /** What this subscription told the reader. */
        List<String> events() {
            List<String> all = List.copyOf(reader.events());
            return all.subList(Math.min(eventsBefore, all.size()), all.size());
        }

        boolean hasHeard(Owed key) {
            List<String> events = events();
            return events.contains("key " + key.key)
                    || events.subList(key.eventsBefore, events.size()).stream()
                            .anyMatch(event -> event.startsWith("reset"));
        }
    }

    /** A key that was published after its region had caught up. */
    private record Owed(String key, int eventsBefore, CompletableFuture<Receipt> receipt) {
        boolean isLogged() {
            return receipt.handle((logged, fault) -> fault == null).join();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whoFollowsHearsEverythingAndWhoLeftHearsNothing(long seed) {
        Random random = new Random(seed);
        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(server.uri()), Map.of()));
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(server.uri())));
        await().until(publisher::isConnected);
        for (int step = 0; step < STEPS; step++) {
            String region = "region" + random.nextInt(REGIONS);
            int dice = random.nextInt(100);
            if (dice < 15) {
                follow(subscriber, region, random.nextBoolean());
            } else if (dice < 28) {
                unfollow(subscriber, region);
            } else if (dice < 31) {
                server.execute("CLIENT", "KILL", "TYPE", "pubsub");
            } else if (dice < 33) {
                server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            } else if (dice < 36 && !followed.isEmpty()) {
                followed.values().iterator().next().subscription.caughtUp().join();
            } else if (dice < 38) {
                check(subscriber, publisher);
            } else {
                publish(publisher, region);
            }
        }
        check(subscriber, publisher);
    }

    private void follow(Subscriber subscriber, String region, boolean asBefore) {
        if (followed.containsKey(region)) {
            return;
        }
        RecordingReader reader = asBefore ? readers.getOrDefault(region, new RecordingReader()) : new RecordingReader();
        left.remove(reader);
        readers.put(region, reader);
        int before = reader.events().size();
        followed.put(region, new Followed(subscriber.follow(region, reader), reader, before));
    }

    private void unfollow(Subscriber subscriber, String region) {
        Followed known = followed.remove(region);
        assertThat(subscriber.unfollow(region)).isEqualTo(known != null);
        if (known != null) {
            left.put(known.reader, known.reader.events().size());
        }
    }

    private void publish(Publisher publisher, String region) {
        String key = "k" + keys++;
        Followed known = followed.get(region);
        boolean isOwed = known != null && known.subscription.confirmation().confirmedAtMicros() != 0;
        int eventsBefore = known == null ? 0 : known.events().size();
        CompletableFuture<Receipt> receipt = publisher.publish(region, Change.ofKeys(key));
        if (known != null && isOwed) {
            known.owed.add(new Owed(key, eventsBefore, receipt));
        }
    }

    /** Lets everything come to rest, and compares. */
    private void check(Subscriber subscriber, Publisher publisher) {
        await().until(subscriber::isCaughtUp);
        assertThat(subscriber.regions()).containsOnlyKeys(followed.keySet());
        followed.forEach((region, known) -> {
            List<Owed> owed = known.owed.stream().filter(Owed::isLogged).toList();
            await().untilAsserted(() -> assertThat(owed).as(region).allSatisfy(key -> assertThat(known.hasHeard(key))
                    .as(key.key)
                    .isTrue()));
            await().ignoreExceptions().until(() -> known.subscription
                    .awaitPosition(
                            publisher
                                    .publish(region, Change.ofKeys("rest"))
                                    .join()
                                    .position(),
                            Duration.ofSeconds(20))
                    .join());
            assertThat(known.events().get(0)).as(region).isEqualTo("joined");
            assertThat(known.events().stream().filter("joined"::equals))
                    .as(region)
                    .hasSize(1);
        });
        left.forEach((reader, events) -> assertThat(reader.events()).hasSize(events));
        for (int i = 0; i < REGIONS; i++) {
            String region = "region" + i;
            boolean isFollowed = followed.containsKey(region);
            await(region + (isFollowed ? " is followed" : " is left"))
                    .until(() -> server.execute("HEXISTS", new RedisNames(region).members(), subscriber.memberId())
                            .contains(isFollowed ? "1" : "0"));
        }
    }
}

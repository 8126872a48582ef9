package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of following, leaving, publishing and lost connections on a real Redis, beside a model of what each reader
 * must have seen: every key that was published after its region had caught up, or a reset after that; and nothing once it left.
 */
@Tag("ci")
class FollowModelTest {

    private static final int REGIONS = 6;
    private static final int STEPS = 200;

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final Map<String, Followed> followed = new HashMap<>();
    private final Map<String, RecordingReader> readers = new HashMap<>();

    /** Readers that left, by how many events they had heard then. A reader that is followed again is taken out. */
    private final Map<RecordingReader, Integer> left = new HashMap<>();

    private int keys;
    private boolean haveSlotsMoved;

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
    @ValueSource(longs = {1, 2, 3, 4})
    void whoFollowsHearsEverythingAndWhoLeftHearsNothing(long seed) {
        RedisServer server = REDIS.server();
        history(new Random(seed), server.uri(), new Servers() {
            @Override
            public RedisServer masterOf(String key) {
                return server;
            }

            @Override
            public List<RedisServer> masters() {
                return List.of(server);
            }

            @Override
            public boolean moveSlotOf(String key) {
                return false;
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void soItIsInAClusterWhoseSlotsMove(long seed) {
        RedisCluster cluster = open.closing(RedisCluster.started());
        history(new Random(seed), cluster.uri(), new Servers() {
            @Override
            public RedisServer masterOf(String key) {
                return cluster.masterOf(key);
            }

            @Override
            public List<RedisServer> masters() {
                return cluster.masters();
            }

            @Override
            public boolean moveSlotOf(String key) {
                cluster.moveSlotOf(key);
                return true;
            }
        });
    }

    /** Where the history takes place. */
    private interface Servers {
        RedisServer masterOf(String key);

        List<RedisServer> masters();

        /** Moves a slot and returns true, or does nothing where there are none. */
        boolean moveSlotOf(String key);

        default void kill(String... which) {
            for (RedisServer master : masters()) {
                List<String> command = new ArrayList<>(List.of("CLIENT", "KILL"));
                command.addAll(List.of(which));
                master.execute(command.toArray(String[]::new));
            }
        }
    }

    private void history(Random random, String uri, Servers servers) {
        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(uri), Map.of()));
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(uri)));
        for (int step = 0; step < STEPS; step++) {
            String region = "region" + random.nextInt(REGIONS);
            int dice = random.nextInt(100);
            if (dice < 15) {
                follow(subscriber, region, random.nextBoolean());
            } else if (dice < 28) {
                unfollow(subscriber, region);
            } else if (dice < 31) {
                servers.kill("TYPE", "pubsub");
            } else if (dice < 33) {
                servers.kill("TYPE", "normal", "SKIPME", "yes");
            } else if (dice < 34) {
                haveSlotsMoved |= servers.moveSlotOf(new RedisNames(region).head());
            } else if (dice < 36 && !followed.isEmpty()) {
                followed.values().iterator().next().subscription.caughtUp().join();
            } else if (dice < 38) {
                check(subscriber, publisher, servers);
            } else {
                publish(publisher, region);
            }
        }
        check(subscriber, publisher, servers);
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
    private void check(Subscriber subscriber, Publisher publisher, Servers servers) {
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
            String members = new RedisNames("region" + i).members();
            boolean isFollowed = followed.containsKey("region" + i);
            if (!isFollowed && haveSlotsMoved) {
                continue; // a row whose slot moves while its region is left is removed by age only
            }
            await(members + (isFollowed ? " of a region that is followed" : " of one that was left"))
                    .until(() -> servers.masterOf(members)
                            .execute("HEXISTS", members, subscriber.memberId())
                            .contains(isFollowed ? "1" : "0"));
        }
    }
}

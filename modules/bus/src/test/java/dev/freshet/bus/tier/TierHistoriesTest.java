package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Protocol;

/**
 * Random histories of a region's tier on a real Redis, each from its seed, next to a model that knows every load and every
 * invalidation. A script is one step for Redis, so any interleaving of processes is some order of these steps.
 *
 * <p>Never: a value whose load began before something that concerns it was appended. And, as long as nothing was done behind
 * the protocol's back: always a value that nothing concerned.
 */
class TierHistoriesTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final int STEPS = 300;
    private static final List<String> KEYS = List.of("user:1", "user:2", "user:21", "order:1", "ü");
    private static final List<String> TAGS = List.of("team:1", "team:2", "a b,c\n");
    private static final List<String> PREFIXES = List.of("user:", "user:2", "o", "ü");

    private static final TierValue VALUE = TierValue.of(new byte[0], List.of(), OptionalLong.empty());

    /** A load under way, or what it stored: when it began. */
    private record Load(int codec, String key, int beganAt, TierLease lease, List<String> tags, String value) {
        String place() {
            return codec + " " + key;
        }
    }

    /** A process: which version its codec has, and its region. */
    private record Replica(int codec, RedisTier.Region region) {}

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Load> loads = new ArrayList<>();
    private final Map<String, Load> stored = new HashMap<>();

    /** When something last concerned each key and each tag, and when anything may have been lost. */
    private final Map<String, Integer> keysAt = new HashMap<>();

    private final Map<String, Integer> tagsAt = new HashMap<>();
    private int allAt;
    private int doubtAt;
    private int step;

    private final RedisNames names = new RedisNames("users");

    @BeforeEach
    void forget() {
        loads.clear();
        stored.clear();
        keysAt.clear();
        tagsAt.clear();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void noReaderGetsWhatWasInvalidatedAfterItsLoadBegan(int part) {
        Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
        open.add(publisher);
        RedisTier tier = RedisTier.connect(Patient.tier(REDIS.uri()));
        open.add(tier);
        RedisConnection redis = new RedisConnector(Patient.redis(REDIS.uri()), "test")
                .open(new redis.clients.jedis.HostAndPort(REDIS.host(), REDIS.port()));
        open.add(redis::closeQuietly);
        // Processes that disagree about the longest life, and about the form of the bytes.
        RedisTier.Region ten = tier.region("users", Duration.ofMinutes(10));
        RedisTier.Region twenty = tier.region("users", Duration.ofMinutes(20));
        List<Replica> processes =
                List.of(new Replica(0, ten), new Replica(0, twenty), new Replica(7, twenty.ofCodecVersion(7)));

        int found = 0;
        for (int seed = part * 25; seed < part * 25 + 25; seed++) {
            REDIS.server().flushAll();
            forget();
            publish(publisher, new Selector.Keys(List.of("none")));
            allAt = 0;
            doubtAt = 0;
            MovedClock clock = new MovedClock(REDIS.server(), names, KEYS);
            Random random = new Random(seed);
            for (step = 1; step <= STEPS; step++) {
                Replica process = pick(random, processes);
                RedisTier.Region region = process.region();
                int dice = random.nextInt(100);
                if (dice < 30) {
                    begin(random, process);
                } else if (dice < 60) {
                    end(random, process, seed);
                } else if (dice < 86) {
                    found += check(pick(random, KEYS), process, seed) ? 1 : 0;
                } else if (dice < 94) {
                    Selector selector = selector(random);
                    publish(publisher, selector);
                    note(selector);
                } else if (dice < 97) {
                    Selector selector = selector(random);
                    assertThat(region.evict(List.of(selector)).join()).isTrue();
                    note(selector);
                } else if (dice < 98) {
                    passes(random, clock);
                } else {
                    behindTheBack(random, redis, publisher);
                    // What was lost is noticed by whoever looks for it next; from there on the model knows again.
                    TierRead read = region.read("settles").join();
                    if (read instanceof TierRead.Absent absent) {
                        region.store("settles", absent.lease(), VALUE, Duration.ofMillis(1))
                                .join();
                    }
                }
            }
            for (String key : KEYS) {
                found += check(key, processes.get(0), seed) ? 1 : 0;
            }
        }
        assertThat(found).as("values that were found, or this shows nothing").isGreaterThan(200);
    }

    private void begin(Random random, Replica process) {
        String key = pick(random, KEYS);
        TierRead read = process.region().read(key).join();
        TierLease lease = read instanceof TierRead.Found found
                ? found.lease()
                : read instanceof TierRead.Absent absent ? absent.lease() : null;
        assertThat(lease).as(read.toString()).isNotNull();
        List<String> tags = TAGS.stream().filter(tag -> random.nextBoolean()).toList();
        loads.add(new Load(process.codec(), key, step, lease, tags, key + "@" + step + "\n ü"));
    }

    private void end(Random random, Replica process, int seed) {
        List<Load> own =
                loads.stream().filter(load -> load.codec() == process.codec()).toList();
        if (own.isEmpty()) {
            return;
        }
        Load load = pick(random, own);
        loads.remove(load);
        TierValue value =
                TierValue.of(load.value().getBytes(StandardCharsets.UTF_8), load.tags(), OptionalLong.empty());
        TierStored result = process.region()
                .store(load.key(), load.lease(), value, Duration.ofMinutes(5))
                .join();
        if (isOvertaken(load)) {
            assertThat(result)
                    .as("seed %d step %d: %s is overtaken", seed, step, load)
                    .isIn(TierStored.INVALIDATED, TierStored.EPOCH, TierStored.EXPIRED);
        } else if (load.beganAt() > doubtAt) {
            assertThat(result)
                    .as("seed %d step %d: nothing concerned %s", seed, step, load)
                    .isEqualTo(TierStored.STORED);
        }
        if (result == TierStored.STORED) {
            stored.put(load.place(), load);
        }
    }

    /** Returns whether a value was found. */
    private boolean check(String key, Replica process, int seed) {
        TierRead read = process.region().read(key).join();
        Load load = stored.get(process.codec() + " " + key);
        if (read instanceof TierRead.Found found) {
            String text = new String(found.value().bytes(), StandardCharsets.UTF_8);
            assertThat(load).isNotNull();
            assertThat(text).isEqualTo(load.value());
            assertThat(found.value().tags()).isEqualTo(load.tags());
            assertThat(isOvertaken(load))
                    .as("seed %d step %d: %s is stale", seed, step, load)
                    .isFalse();
            assertThat(found.left()).isLessThanOrEqualTo(Duration.ofMinutes(5));
            return true;
        }
        assertThat(read).isInstanceOf(TierRead.Absent.class);
        if (load != null && load.beganAt() > doubtAt) {
            assertThat(isOvertaken(load))
                    .as("seed %d step %d: %s is gone for nothing", seed, step, load)
                    .isTrue();
        }
        return false;
    }

    private boolean isOvertaken(Load load) {
        return allAt >= load.beganAt()
                || keysAt.getOrDefault(load.key(), 0) >= load.beganAt()
                || load.tags().stream().anyMatch(tag -> tagsAt.getOrDefault(tag, 0) >= load.beganAt());
    }

    private void note(Selector selector) {
        if (selector instanceof Selector.Keys keys) {
            keys.keys().forEach(key -> keysAt.put(key, step));
        } else if (selector instanceof Selector.Tags tags) {
            tags.tags().forEach(tag -> tagsAt.put(tag, step));
        } else if (selector instanceof Selector.Prefixes prefixes) {
            for (String prefix : prefixes.prefixes()) {
                KEYS.stream().filter(key -> key.startsWith(prefix)).forEach(key -> keysAt.put(key, step));
            }
        } else {
            allAt = step;
        }
    }

    private static Selector selector(Random random) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> new Selector.Keys(List.of(pick(random, KEYS), "another"));
            case 3, 4 -> new Selector.Tags(List.of(pick(random, TAGS)));
            case 5, 6 -> new Selector.Prefixes(List.of(pick(random, PREFIXES)));
            default -> Selector.all();
        };
    }

    /** Time passes, or the clock is set: by seconds or by minutes, so that fences and values end. */
    private void passes(Random random, MovedClock clock) {
        Duration by = Duration.ofSeconds(
                random.nextBoolean()
                        ? random.nextInt(1_000)
                        : random.nextBoolean() ? random.nextInt(20) : -random.nextInt(900));
        clock.moveBy(by);
        loads.replaceAll(load -> new Load(
                load.codec(),
                load.key(),
                load.beganAt(),
                MovedClock.moved(load.lease(), by),
                load.tags(),
                load.value()));
        doubtAt = step;
    }

    /** What strangers, older processes, a memory that is short and failovers do. */
    private void behindTheBack(Random random, RedisConnection redis, Publisher publisher) {
        switch (random.nextInt(5)) {
            case 0 -> {
                // A new epoch: what was stored in the old one must not come back.
                redis.number(Protocol.Command.DEL, names.head());
                publish(publisher, new Selector.Keys(List.of("none")));
                allAt = step;
            }
            case 1 -> {
                // A publisher that does not know of the tier appends; for all one knows, anything.
                redis.number(Protocol.Command.DEL, names.log());
                redis.number(Protocol.Command.HSET, names.head(), "seq", Long.toString(seq(redis) + 1));
                allAt = step;
            }
            case 2 -> redis.number(Protocol.Command.DEL, names.fences(random.nextInt(2)));
            case 3 -> redis.number(Protocol.Command.HDEL, names.head(), "tier");
            default -> {
                // Redis evicts a value, and a stranger writes one.
                redis.number(Protocol.Command.DEL, names.value(pick(random, KEYS)));
                redis.number(Protocol.Command.DEL, names.value("user:1"));
                redis.number(Protocol.Command.RPUSH, names.value("user:1"), "x");
                redis.number(Protocol.Command.RPUSH, names.value("user:1"), "y");
                redis.number(Protocol.Command.DEL, names.value("user:1"));
                redis.text(Protocol.Command.SET, names.value("user:1"), "0123456789abcdef 1 1 - v 0\nstranger");
            }
        }
        doubtAt = step;
    }

    private long seq(RedisConnection redis) {
        return Long.parseLong(String.valueOf(redis.text(Protocol.Command.HGET, names.head(), "seq")));
    }

    private static void publish(Publisher publisher, Selector selector) {
        Change.Builder change = Change.builder();
        if (selector instanceof Selector.Keys keys) {
            change.keys(keys.keys().toArray(String[]::new));
        } else if (selector instanceof Selector.Tags tags) {
            change.tags(tags.tags().toArray(String[]::new));
        } else if (selector instanceof Selector.Prefixes prefixes) {
            change.prefixes(prefixes.prefixes().toArray(String[]::new));
        } else {
            change.all();
        }
        publisher.publish("users", change.build()).join();
    }

    private static <T extends @Nullable Object> T pick(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}

package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Processes whose codecs write other forms share a region: each reads only its own values, and an invalidation by any of them, or by
 * a publisher that has no codec, reaches those of all.
 */
class CodecVersionsTest {

    private static final Duration LONGEST = Duration.ofHours(1);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final RedisNames names = new RedisNames("users");
    private Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1"));
    private RedisTier.Region region =
            RedisTier.connect(RedisTierConfig.of("redis://127.0.0.1:1")).region("users", LONGEST);

    @BeforeEach
    void start() {
        publisher.close();
        publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        region = open.closing(RedisTier.connect(Patient.tier(REDIS.uri()))).region("users", LONGEST);
        publish(Change.ofKeys("begin"));
    }

    private void publish(Change change) {
        publisher.publish("users", change).join();
    }

    private TierLease lease(int version, String key) {
        TierRead read = region.ofCodecVersion(version).read(key).join();
        assertThat(read).isInstanceOf(TierRead.Absent.class);
        return ((TierRead.Absent) read).lease();
    }

    private void store(int version, String key) {
        assertThat(store(version, key, lease(version, key))).isEqualTo(TierStored.STORED);
    }

    private TierStored store(int version, String key, TierLease lease) {
        TierValue value = TierValue.of(
                ("form " + version).getBytes(StandardCharsets.UTF_8), List.of("team:7"), OptionalLong.empty());
        return region.ofCodecVersion(version).store(key, lease, value, LONGEST).join();
    }

    private String read(int version, String key) {
        return region.ofCodecVersion(version).read(key).join() instanceof TierRead.Found found
                ? new String(found.value().bytes(), StandardCharsets.UTF_8)
                : "";
    }

    /** Versions beyond are those of signed values. */
    private static final int LAST = (1 << 30) - 1;

    private static Stream<Selector> selectors() {
        return Stream.of(Selector.keys("user:1"), Selector.tags("team:7"), Selector.prefixes("user:"), Selector.all());
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void anInvalidationReachesTheValuesOfEveryVersion(Selector selector) {
        for (int version : new int[] {0, 1, 2, LAST}) {
            store(version, "user:1");
        }
        for (int version : new int[] {0, 1, 2, LAST}) {
            assertThat(read(version, "user:1")).isEqualTo("form " + version);
        }
        TierLease lease = lease(3, "user:1");

        publish(change(selector));

        for (int version : new int[] {0, 1, 2, 3, LAST}) {
            assertThat(read(version, "user:1")).as("version %d", version).isEmpty();
        }
        assertThat(store(3, "user:1", lease)).isEqualTo(TierStored.INVALIDATED);
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void anEvictionOfTheTierByOneVersionReachesTheValuesOfEveryVersion(Selector selector) {
        store(0, "user:1");
        store(1, "user:1");
        store(2, "user:1");
        assertThat(region.ofCodecVersion(2).evict(List.of(selector)).join()).isTrue();
        for (int version = 0; version < 3; version++) {
            assertThat(read(version, "user:1")).as("version %d", version).isEmpty();
        }
    }

    private static Change change(Selector selector) {
        Change.Builder change = Change.builder();
        String[] named = selector.names().toArray(String[]::new);
        return (switch (selector.kind()) {
                    case KEYS -> change.keys(named);
                    case TAGS -> change.tags(named);
                    case PREFIXES -> change.prefixes(named);
                    case ALL -> change.all();
                })
                .build();
    }

    @Test
    void keysThatLookLikeNamesOfOtherVersionsAreKeptApart() {
        for (String key : List.of("user:1", "1:user:1", ".1:user:1", "value:user:1", "value.1:user:1")) {
            for (int version = 0; version < 3; version++) {
                store(version, key);
            }
        }
        publish(Change.ofKeys("user:1"));
        for (int version = 0; version < 3; version++) {
            assertThat(read(version, "user:1")).isEmpty();
            assertThat(read(version, "1:user:1")).isNotEmpty();
            assertThat(read(version, ".1:user:1")).isNotEmpty();
        }
    }

    @Test
    void moreVersionsThanThereIsRoomForEmptyTheTierAndNothingStaleIsLeft() {
        IntStream.rangeClosed(1, 8).forEach(version -> store(version, "user:1"));
        IntStream.rangeClosed(1, 8)
                .forEach(version -> assertThat(read(version, "user:1")).isNotEmpty());
        TierLease lease = lease(8, "user:2");
        store(9, "user:1");
        assertThat(store(8, "user:2", lease)).isEqualTo(TierStored.INVALIDATED);
        publish(Change.ofKeys("user:1"));
        IntStream.rangeClosed(1, 9)
                .forEach(version -> assertThat(read(version, "user:1")).isEmpty());
        store(8, "user:2");
        assertThat(read(8, "user:2")).isNotEmpty();
    }

    @Test
    void aVersionThatIsUsedNoMoreIsForgottenWithItsValues() {
        MovedClock clock =
                new MovedClock(REDIS.server(), names, List.of()); // its values do not age: as if Redis had kept them
        store(1, "user:1");
        store(2, "user:1");
        for (int generation = 0; generation < 3; generation++) {
            clock.moveBy(Duration.ofMinutes(61));
            publish(Change.ofKeys("another"));
            store(2, "user:" + (generation + 2));
        }
        assertThat(REDIS.server().execute("HGET", names.head(), "told"))
                .contains(" 2:")
                .doesNotContain(" 1:");
        publish(Change.ofKeys("user:1")); // reaches no value of version 1 any more
        assertThat(read(1, "user:1")).isEmpty();
        assertThat(read(2, "user:1")).isEmpty();
        assertThat(read(2, "user:4")).isNotEmpty();
    }

    @Test
    void aVersionInUseIsNotForgottenHoweverManyGenerationsEnd() {
        MovedClock clock = new MovedClock(REDIS.server(), names, List.of());
        for (int generation = 0; generation < 4; generation++) {
            store(1, "user:" + generation);
            store(1, "order:" + generation);
            clock.moveBy(Duration.ofMinutes(61));
            publish(Change.ofKeys("another"));
            publish(Change.ofKeys("order:" + generation)); // before anybody reads by that version again
            assertThat(read(1, "order:" + generation)).isEmpty();
            assertThat(read(1, "user:" + generation)).isNotEmpty();
            publish(Change.ofKeys("user:" + generation));
            assertThat(read(1, "user:" + generation)).isEmpty();
        }
    }

    @Test
    void aStoreByAVersionThatInvalidationsDoNotReachIsRefused() {
        TierLease lease = lease(1, "user:1");
        String told = REDIS.server().execute("HGET", names.head(), "told");
        REDIS.server().execute("HSET", names.head(), "told", told.substring(0, told.indexOf(" 1:")));
        assertThat(store(1, "user:1", lease)).isEqualTo(TierStored.INVALIDATED);
        store(1, "user:1"); // its read adds the version again
        assertThat(read(1, "user:1")).isNotEmpty();
    }

    @Test
    void whereAPublisherAppendedThatKnowsNoVersionsNothingIsReadable() {
        store(1, "user:1");
        store(0, "user:2");
        String seq = REDIS.server().execute("HGET", names.head(), "seq");
        REDIS.server().execute("DEL", names.log());
        REDIS.server().execute("HSET", names.head(), "seq", Long.toString(Long.parseLong(seq) + 1));
        REDIS.server().execute("HSET", names.head(), "told", Long.toString(Long.parseLong(seq) + 1));
        assertThat(read(1, "user:1")).isEmpty();
        assertThat(read(0, "user:2")).isEmpty();
    }

    @Test
    void aVersionBelowZeroIsRefused() {
        assertThatThrownBy(() -> region.ofCodecVersion(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}

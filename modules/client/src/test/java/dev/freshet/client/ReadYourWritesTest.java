package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** After {@code invalidate} nobody reads the value before it: not here, and not where its receipt is passed along. */
class ReadYourWritesTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Freshet> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Freshet::close);
    }

    private Region<String> users(UnaryOperator<RegionOptions<String>> options) {
        Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()));
        open.add(freshet);
        return Client.users(freshet, options);
    }

    /** What a change may name to reach key {@code user:1} with tag {@code team:7}. */
    enum Naming {
        KEY,
        TAG,
        PREFIX,
        ALL;

        Change change() {
            return switch (this) {
                case KEY -> Change.ofKeys("user:1");
                case TAG -> Change.of(Selector.tags("team:7"));
                case PREFIX -> Change.of(Selector.prefixes("user:"));
                case ALL -> Change.of(Selector.all());
            };
        }
    }

    private static String load(Region<String> users, AtomicInteger row) {
        return String.valueOf(users.get("user:1", (key, load) -> {
            load.tags("team:7");
            return String.valueOf(row.get());
        }));
    }

    /** Writes and reads in turn, while readers load all the time. */
    private static void neverTheOldValue(
            Region<String> writer, Region<String> reader, Function<Region<String>, Published> invalidate) {
        AtomicInteger row = new AtomicInteger();
        AtomicBoolean isOver = new AtomicBoolean();
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        for (Region<String> loading : List.of(writer, reader)) {
            readers.add(Background.run(() -> {
                while (!isOver.get()) {
                    load(loading, row);
                }
            }));
        }
        try {
            for (int i = 1; i <= 1_000; i++) {
                row.set(i);
                Published.Logged logged = invalidate.apply(writer).orThrow();
                assertThat(logged.appliedHere()).isTrue();
                assertThat(load(writer, row)).isEqualTo(String.valueOf(i));
                if (reader != writer) {
                    assertThat(reader.awaitApplied(logged.at(), LONG).join()).isTrue();
                    assertThat(load(reader, row)).isEqualTo(String.valueOf(i));
                }
            }
        } finally {
            isOver.set(true);
            readers.forEach(CompletableFuture::join);
        }
    }

    @ParameterizedTest
    @EnumSource
    void inOneProcess(Naming naming) {
        Region<String> users = users(options -> options);
        neverTheOldValue(users, users, region -> region.invalidate(naming.change()));
    }

    @Test
    void inOneProcessWithoutBlocking() {
        Region<String> users = users(options -> options);
        neverTheOldValue(users, users, region -> region.invalidateAsync(Naming.KEY.change())
                .join());
    }

    @ParameterizedTest
    @EnumSource
    void acrossTwoProcesses(Naming naming) {
        neverTheOldValue(
                users(options -> options), users(options -> options), region -> region.invalidate(naming.change()));
    }

    @Test
    void acrossTwoProcessesWithATier() {
        UnaryOperator<RegionOptions<String>> tiered = options -> options.tier(TestClients.TEXT, Duration.ofHours(1));
        neverTheOldValue(users(tiered), users(tiered), region -> region.invalidate(Naming.KEY.change()));
    }

    @Test
    void anInterruptedCallerWaitsAllTheSame() {
        Region<String> users = users(options -> options);
        Thread.currentThread().interrupt();
        Published published = users.invalidate("user:1");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(published.orThrow().appliedHere()).isTrue();
    }

    @Test
    void aChangeWithAVersionSparesANewerEntry() {
        Region<String> users = users(options -> options);
        users.get("user:1", (key, load) -> {
            load.version(5);
            return "new";
        });
        users.invalidate(Change.builder().keys("user:1").version(5).build());
        assertThat(users.getIfPresent("user:1")).isEqualTo("new");
        users.invalidate(Change.builder().keys("user:1").version(6).build());
        assertThat(users.getIfPresent("user:1")).isNull();
    }

    /** A batch has committed, and it has as many rows as it has. */
    @Test
    void anyNumberOfKeysIsInvalidatedAtOnce() {
        String[] keys = IntStream.range(0, 10_000).mapToObj(i -> "user:" + i).toArray(String[]::new);
        try (Freshet one = Freshet.connect(TestClients.patient(REDIS.uri()));
                Freshet two = Freshet.connect(TestClients.patient(REDIS.uri()))) {
            Region<String> here = Client.users(one);
            Region<String> there = Client.users(two);
            for (String key : keys) {
                here.get(key, (missed, load) -> "old");
                there.get(key, (missed, load) -> "old");
            }

            Published.Logged logged = here.invalidate(keys).orThrow();

            assertThat(there.awaitApplied(logged.at(), Duration.ofSeconds(30)).join())
                    .isTrue();
            assertThat(List.of(keys))
                    .allMatch(key -> here.getIfPresent(key) == null && there.getIfPresent(key) == null);
        }
    }

    @Test
    void aWriteIsReadHereAndThere() {
        Region<String> one = users(options -> options);
        Region<String> two = users(options -> options);
        AtomicInteger row = new AtomicInteger(1);
        load(one, row);
        load(two, row);
        var written = one.write("user:1", "2", write -> row.set(2));
        assertThat(written.isPublished()).isTrue();
        assertThat(one.getIfPresent("user:1")).isEqualTo("2");
        assertThat(two.awaitApplied(Objects.requireNonNull(written.receipt()), LONG)
                        .join())
                .isTrue();
        assertThat(load(two, row)).isEqualTo("2");
    }

    @Test
    void evictingLocallyTellsNobody() {
        Region<String> one = users(options -> options);
        Region<String> two = users(options -> options);
        AtomicInteger row = new AtomicInteger(1);
        load(one, row);
        load(two, row);
        one.evictLocally(Selector.keys("user:1"));
        assertThat(one.getIfPresent("user:1")).isNull();
        assertThat(one.invalidate("user:2").orThrow().appliedHere()).isTrue();
        assertThat(two.getIfPresent("user:1")).isEqualTo("1");
    }
}

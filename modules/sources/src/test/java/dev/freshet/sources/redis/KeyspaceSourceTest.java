package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.service.config.Configuration;
import dev.freshet.sources.ChangeReader;
import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.Sources;
import dev.freshet.sources.configuration.SourceSettings;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what a source of keyspace events publishes, and when it invalidates a whole region. */
final class KeyspaceSourceTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final RecordingPublisher publisher = new RecordingPublisher();
    private final Heard heard = new Heard();
    private @Nullable Sources sources;

    /** Records what the source reports. */
    static final class Heard implements SourceListener {
        final List<Gap> gaps = new CopyOnWriteArrayList<>();
        final List<String> resets = new CopyOnWriteArrayList<>();
        final List<Rejection> rejections = new CopyOnWriteArrayList<>();
        final List<String> unrelayed = new CopyOnWriteArrayList<>();

        @Override
        public void rejected(String source, Rejection why) {
            rejections.add(why);
        }

        @Override
        public void unrelayed(String source, String region) {
            unrelayed.add(region);
        }

        @Override
        public void gap(String source, Gap why) {
            gaps.add(why);
        }

        @Override
        public void regionReset(String source, String region) {
            resets.add(region);
        }
    }

    @BeforeEach
    void tellNothing() {
        REDIS.server().execute("CONFIG", "SET", "notify-keyspace-events", "");
    }

    @AfterEach
    void stop() {
        if (sources != null) {
            sources.close();
        }
    }

    private void start(Publisher to, String yaml) throws IOException {
        sources = start(folder, yaml, REDIS.uri(), to, heard);
    }

    static Sources start(Path folder, String yaml, String redis, Publisher to, SourceListener listener)
            throws IOException {
        return start(folder, yaml, Patient.redis(redis), to, listener);
    }

    private static Sources start(Path folder, String yaml, RedisConfig redis, Publisher to, SourceListener listener)
            throws IOException {
        return start(folder, yaml, redis, to, listener, origin -> to);
    }

    static Sources start(
            Path folder,
            String yaml,
            RedisConfig redis,
            Publisher to,
            SourceListener listener,
            Function<String, Publisher> publishers)
            throws IOException {
        Path file = Files.writeString(folder.resolve("publisher.yaml"), yaml);
        List<SourceConfig> configs = new Configuration(file, "", Map.of(), List.of(), List.of())
                .read(settings -> SourceSettings.read(settings, Sources.kinds()));
        ChangeReader none = text -> new ChangeReader.Invalid("there is no outbox");
        return Sources.start(configs, to, none, redis, listener, publishers);
    }

    private static final String SHOP = """
            sources:
              shop:
                kind: redis-keyspace
                events: [expired, evicted, del, set]
                tiers: [sessions]
                rules:
                  products: { pattern: "product:{id}", region: products, keys: ["{key}"], tags: ["p:{id}"] }
                  prices: { pattern: "price:{id}:*", region: products, keys: ["product:{id}"] }
            """;

    private void awaitStart() {
        await().untilAsserted(() -> assertThat(publisher.published())
                .extracting(one -> one.region() + one.change().selectors())
                .containsExactlyInAnyOrder("products" + all(), "sessions" + all()));
        assertThat(heard.gaps).containsExactly(SourceListener.Gap.START);
        assertThat(heard.resets).containsExactly("products", "sessions");
    }

    private static List<Selector> all() {
        return List.of(Selector.all());
    }

    private List<Selector> since(int count) {
        return publisher.published().stream()
                .skip(count)
                .flatMap(one -> one.change().selectors().stream())
                .toList();
    }

    @Test
    void keysThatMatchARuleInvalidateWhatItSays() throws IOException {
        start(publisher, SHOP);
        awaitStart();
        REDIS.server().execute("SET", "elsewhere:7", "x");
        REDIS.server().execute("SET", "product:7", "x");
        await().untilAsserted(
                        () -> assertThat(since(2)).containsExactly(Selector.keys("product:7"), Selector.tags("p:7")));
        REDIS.server().execute("SET", "price:8:eur", "x", "PX", "1");
        await().untilAsserted(() -> {
            REDIS.server().execute("GET", "price:8:eur");
            assertThat(since(3)).contains(Selector.keys("product:8"));
        });
        REDIS.server().execute("DEL", "product:7");
        await().untilAsserted(() -> assertThat(since(3)).contains(Selector.keys("product:7"), Selector.tags("p:7")));
    }

    /**
     * Gives a key less than a second to live. A command whose moment has passed when it comes deletes the key instead; in a
     * script, by the clock of the server itself, that cannot be.
     */
    static void expire(RedisServer server, String command, String key) {
        server.execute("EVAL", """
                local now = redis.call('TIME')
                if redis.replicate_commands then redis.replicate_commands() end
                local millis = string.sub(ARGV[1], 1, 1) == 'P'
                local life = millis and 300 or 1
                if string.sub(ARGV[1], -2) == 'AT' then
                  life = life + (millis and now[1] * 1000 + math.floor(now[2] / 1000) or now[1])
                end
                return redis.call(ARGV[1], KEYS[1], string.format('%.0f', life))
                """, "1", key, command);
    }

    @Test
    void aKeyExpiresWhateverCommandGaveItItsTime() throws IOException {
        start(publisher, """
                sources:
                  shop:
                    kind: redis-keyspace
                    rules: { products: { pattern: "product:*", region: products, keys: ["{key}"] } }
                """);
        await().until(() -> publisher.published().size() == 1);
        for (String command : List.of("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")) {
            REDIS.server().execute("SET", "product:" + command, "x");
            expire(REDIS.server(), command, "product:" + command);
        }
        REDIS.server().execute("SETEX", "product:SETEX", "1", "x");
        REDIS.server().execute("PSETEX", "product:PSETEX", "300", "x");
        await().untilAsserted(() -> assertThat(publisher.keys())
                .containsExactlyInAnyOrder(
                        "product:EXPIRE",
                        "product:PEXPIRE",
                        "product:EXPIREAT",
                        "product:PEXPIREAT",
                        "product:SETEX",
                        "product:PSETEX"));
    }

    @Test
    void aTiersValuesCountWhenTheyEndByThemselvesAndNeverWhenSomebodyDeletesThem() throws IOException {
        start(publisher, SHOP);
        awaitStart();
        REDIS.server().execute("SET", "freshet:{sessions}:value:deleted", "x");
        REDIS.server().execute("DEL", "freshet:{sessions}:value:deleted");
        REDIS.server().execute("SET", "freshet:{others}:value:expired", "x", "PX", "1");
        REDIS.server().execute("SET", "freshet:{sessions}:value:expired", "x", "PX", "1");
        REDIS.server().execute("SET", "freshet:{sessions}:value.2:another form", "x", "PX", "1");
        await().untilAsserted(() -> {
            REDIS.server().execute("GET", "freshet:{sessions}:value:expired");
            REDIS.server().execute("GET", "freshet:{sessions}:value.2:another form");
            assertThat(publisher.published().stream().skip(2))
                    .flatMap(one -> one.change().selectors().stream()
                            .flatMap(selector -> selector.names().stream())
                            .map(key -> one.region() + " " + key)
                            .toList())
                    .containsExactlyInAnyOrder("sessions expired", "sessions another form");
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTiersValuesAreThoseOfThePublishersNamespace(boolean hasItsOwnAddress) throws IOException {
        String address = hasItsOwnAddress ? "    uri: " + REDIS.uri() + "\n" : "";
        sources = start(
                folder,
                SHOP.replace("    events:", address + "    events:"),
                Patient.redis(REDIS.uri()).withNamespace("shop"),
                publisher,
                heard);
        awaitStart();
        REDIS.server().execute("SET", "freshet:{sessions}:value:foreign", "x", "PX", "1");
        REDIS.server().execute("SET", "shop:{sessions}:value:ours", "x", "PX", "1");
        await().untilAsserted(() -> {
            REDIS.server().execute("GET", "freshet:{sessions}:value:foreign");
            REDIS.server().execute("GET", "shop:{sessions}:value:ours");
            assertThat(since(2)).containsExactly(Selector.keys("ours"));
        });
    }

    @Test
    void anInvalidationOfATiersKeyIsHeardByNobodySoThatNoneFollowsIt() throws IOException {
        try (Publisher real = Publisher.connect(Patient.publisher(REDIS.uri()))) {
            start(real, SHOP);
            await().until(() -> heard.resets.size() == 2
                    && !"0".equals(seq("sessions"))
                    && !seq("sessions").isEmpty());
            REDIS.server()
                    .execute(
                            "HSET",
                            "freshet:{sessions}:head",
                            "tier",
                            "1 0 1 1 3600000",
                            "told",
                            seq("sessions") + " 1");
            REDIS.server().execute("SET", "freshet:{sessions}:value:a", "x");
            REDIS.server().execute("SET", "product:marker", "x");
            await().until(() -> "2".equals(seq("products")));
            real.publish("sessions", Change.ofKeys("a")).join();
            assertThat(REDIS.server().execute("EXISTS", "freshet:{sessions}:value:a"))
                    .isEqualTo("0");
            // Every event before the marker was handled before the marker.
            REDIS.server().execute("SET", "product:marker", "y");
            await().until(() -> "3".equals(seq("products")));
            assertThat(seq("sessions"))
                    .as("the reset at the start, and the one change")
                    .isEqualTo("2");
        }
    }

    private static String seq(String region) {
        return REDIS.server().execute("HGET", "freshet:{" + region + "}:head", "seq");
    }

    @Test
    void aLostConnectionInvalidatesTheRegionsOnceItListensAgain() throws IOException {
        start(publisher, SHOP);
        awaitStart();
        REDIS.server().kill();
        REDIS.server().start();
        await().untilAsserted(() ->
                assertThat(heard.gaps).containsExactly(SourceListener.Gap.START, SourceListener.Gap.CONNECTION));
        await().untilAsserted(() -> assertThat(since(2)).containsExactly(Selector.all(), Selector.all()));
        REDIS.server().execute("SET", "product:7", "x");
        await().untilAsserted(() -> assertThat(since(4)).contains(Selector.keys("product:7")));
    }

    @Test
    void moreThanMayWaitIsAllOfTheRegionAndNothingIsLostWhileThePublisherIsRefused() throws IOException {
        start(publisher, SHOP + "    maximum-pending: 20\n");
        awaitStart();
        publisher.setAway(true);
        for (int i = 0; i < 15; i++) {
            REDIS.server().execute("SET", "price:" + i + ":eur", "x");
        }
        await().until(() ->
                sources != null && String.valueOf(sources.fault("shop")).contains("Redis is away"));
        publisher.setAway(false);
        await().untilAsserted(() -> assertThat(publisher.keys()).hasSize(15));
        assertThat(heard.gaps).doesNotContain(SourceListener.Gap.OVERFLOW);

        publisher.setAway(true);
        for (int i = 0; i < 25; i++) {
            REDIS.server().execute("SET", "price:" + i + ":eur", "y");
        }
        await().untilAsserted(() -> assertThat(heard.gaps).contains(SourceListener.Gap.OVERFLOW));
        int before = publisher.published().size();
        publisher.setAway(false);
        await().untilAsserted(() -> assertThat(since(before)).contains(Selector.all()));
        assertThat(heard.resets)
                .containsOnly("products", "sessions")
                .filteredOn("sessions"::equals)
                .hasSize(1);
    }

    @Test
    void aKeyThatIsNoTextInvalidatesAllThatItsPatternIsAbout() throws IOException {
        start(publisher, SHOP);
        awaitStart();
        try (Socket socket = new Socket(REDIS.host(), REDIS.port())) {
            byte[] command = "*3\r\n$3\r\nSET\r\n$9\r\nproduct:?\r\n$1\r\nx\r\n".getBytes(StandardCharsets.ISO_8859_1);
            command[new String(command, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
            socket.getOutputStream().write(command);
            assertThat(socket.getInputStream().read()).isEqualTo('+');
        }
        await().untilAsserted(() -> assertThat(since(2)).containsExactly(Selector.all()));
    }

    @Test
    void aServerThatDoesNotTellIsNamedWithWhatToSay() throws IOException {
        start(publisher, SHOP + "    notifications: check\n");
        await().until(() -> sources != null
                && String.valueOf(sources.fault("shop")).contains("CONFIG SET notify-keyspace-events $Eegx"));
        assertThat(publisher.published()).isEmpty();
    }
}

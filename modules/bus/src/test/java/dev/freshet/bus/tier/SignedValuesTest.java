package dev.freshet.bus.tier;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Who can write to Redis cannot plant a value in a tier whose values are signed. */
@SuppressWarnings("NullAway.Init")
class SignedValuesTest {

    private static final String OLD_KEY = "old-key-0123456789012345678901234567890";
    private static final String NEW_KEY = "new-key-0123456789012345678901234567890";
    private static final Duration LIFE = Duration.ofMinutes(5);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @TempDir
    private Path folder;

    private final List<RedisTier> open = new ArrayList<>();
    private Publisher publisher;

    @BeforeEach
    void beginTheRegion() {
        publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
        publisher.publish("users", Change.ofKeys("nobody")).join();
    }

    @AfterEach
    void closeAll() {
        open.forEach(RedisTier::close);
        publisher.close();
    }

    private Path keys(String name, String... keys) throws IOException {
        return Files.writeString(folder.resolve(name), "# keys of the tier\n\n" + String.join("\n", keys) + "\n");
    }

    private RedisTier.Region region(Path keys) {
        return region(RedisTierConfig.of(REDIS.uri())
                .withTimeout(Duration.ofSeconds(30))
                .withKeyFile(keys));
    }

    private RedisTier.Region region(RedisTierConfig config) {
        RedisTier tier = RedisTier.connect(config);
        open.add(tier);
        return tier.region("users", LIFE);
    }

    private RedisTier.Region unsigned() {
        return region(RedisTierConfig.of(REDIS.uri()).withTimeout(Duration.ofSeconds(30)));
    }

    private static TierLease lease(RedisTier.Region region, String key) {
        return ((TierRead.Absent) region.read(key).join()).lease();
    }

    private static void store(RedisTier.Region region, String key, String value, String... tags) {
        TierValue stored = TierValue.of(value.getBytes(UTF_8), List.of(tags), OptionalLong.of(7));
        assertThat(region.store(key, lease(region, key), stored, LIFE).join()).isEqualTo(TierStored.STORED);
    }

    private static String found(RedisTier.Region region, String key) {
        return region.read(key).join() instanceof TierRead.Found found
                ? new String(found.value().bytes(), UTF_8)
                : "nothing";
    }

    private static String name(String key) {
        return new RedisNames("users").value(1 << 30, key);
    }

    private static byte[] frame(String key) {
        return (byte[]) Objects.requireNonNull(
                REDIS.server().reply(List.of("GET".getBytes(UTF_8), name(key).getBytes(UTF_8))));
    }

    private static void plant(String key, byte[] frame) {
        REDIS.server()
                .reply(List.of(
                        "SET".getBytes(UTF_8),
                        name(key).getBytes(UTF_8),
                        frame,
                        "PX".getBytes(UTF_8),
                        "60000".getBytes(UTF_8)));
    }

    @Test
    void aSignedValueIsFoundAsItWasStored() throws IOException {
        RedisTier.Region one = region(keys("keys", NEW_KEY));
        RedisTier.Region two = region(keys("keys", NEW_KEY));
        store(one, "user:1", "Ada", "team:7");

        TierRead.Found found = (TierRead.Found) two.read("user:1").join();
        assertThat(new String(found.value().bytes(), UTF_8)).isEqualTo("Ada");
        assertThat(found.value().tags()).containsExactly("team:7");
        assertThat(found.value().version()).hasValue(7);
        assertThat(two.stats().badSignatures()).isZero();

        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThat(found(two, "user:1")).isEqualTo("nothing");

        TierValue absence = TierValue.absence(List.of(), OptionalLong.empty());
        assertThat(one.store("user:2", lease(one, "user:2"), absence, LIFE).join())
                .isEqualTo(TierStored.STORED);
        assertThat(((TierRead.Found) two.read("user:2").join()).value().isAbsence())
                .isTrue();
    }

    @Test
    void whateverIsChangedMakesItAMissWithALease() throws IOException {
        RedisTier.Region region = region(keys("keys", NEW_KEY));
        store(region, "user:1", "Ada", "team:7");
        store(region, "user:2", "Bob");
        byte[] frame = frame("user:1");
        int header = new String(frame, UTF_8).indexOf('\n');
        int refused = 0;
        // Each byte of the tag, the moment, the signature and the value; and the frame of another key, a shorter and an
        // empty one.
        List<byte[]> planted = new ArrayList<>();
        for (int at = header + 1; at < frame.length; at++) {
            byte[] changed = frame.clone();
            changed[at] ^= 1;
            planted.add(changed);
        }
        planted.add(frame("user:2"));
        planted.add(new String(frame, ISO_8859_1).replaceFirst(" 7 v ", " 8 v ").getBytes(ISO_8859_1));
        planted.add(Arrays.copyOf(frame, header + 1 + "team:7".length() + 39));
        planted.add(Arrays.copyOf(frame, header + 1 + "team:7".length()));
        for (byte[] each : planted) {
            plant("user:1", each);
            assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
            assertThat(region.stats().badSignatures()).isEqualTo(++refused);
        }
        plant("user:1", frame);
        assertThat(found(region, "user:1")).isEqualTo("Ada");

        plant("user:1", planted.get(0));
        store(region, "user:1", "Eve");
        assertThat(found(region, "user:1")).isEqualTo("Eve");
        assertThat(region.stats().misses()).isGreaterThanOrEqualTo(refused);
    }

    @Test
    void whoClaimsTheLoadOfAPlantedValueLoadsIt() throws IOException {
        RedisTier.Region region = region(keys("keys", NEW_KEY));
        store(region, "user:1", "Ada");
        byte[] frame = frame("user:1");
        frame[frame.length - 1] ^= 1;
        plant("user:1", frame);
        TierClaim claim = TierClaim.of(Duration.ofSeconds(30));
        TierRead.Absent read = (TierRead.Absent) region.read("user:1", claim).join();
        assertThat(read.isLoadedByAnother(claim)).isFalse();
    }

    @Test
    void thoseWithAndWithoutKeysDoNotSeeEachOthersValues() throws IOException {
        RedisTier.Region signed = region(keys("keys", NEW_KEY));
        RedisTier.Region unsigned = unsigned();
        store(signed, "user:1", "signed");
        assertThat(found(unsigned, "user:1")).isEqualTo("nothing");
        store(unsigned, "user:1", "unsigned");
        assertThat(found(signed, "user:1")).isEqualTo("signed");
        assertThat(found(unsigned, "user:1")).isEqualTo("unsigned");

        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThat(found(signed, "user:1")).isEqualTo("nothing");
        assertThat(found(unsigned, "user:1")).isEqualTo("nothing");
        assertThat(signed.stats().badSignatures()).isZero();
    }

    @Test
    void keysAreReplacedWithoutAMissAndWithoutARestart() throws IOException {
        Path mine = keys("mine", OLD_KEY);
        RedisTier.Region running = region(mine);
        store(running, "user:1", "by the old key");
        // Both know both; the first signs.
        RedisTier.Region next = region(keys("next", NEW_KEY, OLD_KEY));
        assertThat(found(next, "user:1")).isEqualTo("by the old key");
        store(next, "user:2", "by the new key");
        assertThat(found(running, "user:2")).isEqualTo("nothing");

        keys("mine", OLD_KEY, NEW_KEY);
        await().until(() -> found(running, "user:2").equals("by the new key"));

        // A file that cannot be read leaves the keys as they were.
        Files.writeString(mine, "too short");
        await().until(() ->
                found(running, "user:2").equals("by the new key") && open.get(0).misconfiguration() != null);
        assertThat(open.get(0).misconfiguration()).contains("mine").doesNotContain("too short");
        assertThat(found(running, "user:2")).isEqualTo("by the new key");

        keys("mine", NEW_KEY);
        await().until(() ->
                found(running, "user:2").equals("by the new key") && open.get(0).misconfiguration() == null);
    }

    @Test
    void aKeyFileThatDoesNotFitIsSaidAtOnceAndItsContentNever() throws IOException {
        for (String content : List.of("", "# nothing", "s3cret", (OLD_KEY + "\n").repeat(17))) {
            Path file = Files.writeString(folder.resolve("bad"), content);
            RedisTierConfig config = RedisTierConfig.of(REDIS.uri()).withKeyFile(file);
            assertThat(config.toString()).doesNotContain("s3cret", OLD_KEY);
            assertThatThrownBy(() -> RedisTier.connect(config))
                    .isInstanceOf(BusException.class)
                    .hasMessageContaining("the key file")
                    .hasMessageContaining("bad")
                    .hasMessageNotContaining("s3cret")
                    .hasMessageNotContaining(OLD_KEY);
        }
        assertThatThrownBy(
                        () -> RedisTier.connect(RedisTierConfig.of(REDIS.uri()).withKeyFile(folder.resolve("none"))))
                .hasMessageContaining("does not exist");
    }
}

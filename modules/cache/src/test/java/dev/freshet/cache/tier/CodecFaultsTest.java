package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ValueCodec;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a codec does to a value in Redis, readers get a miss. */
class CodecFaultsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** What a codec may do in place of returning a result. */
    enum Fault {
        RETURNS_NULL,
        THROWS_AN_EXCEPTION,
        THROWS_AN_ERROR,
        THROWS_A_CHECKED_EXCEPTION;

        @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // a codec may break its contract
        <T> T act() {
            return switch (this) {
                case RETURNS_NULL -> null;
                case THROWS_AN_EXCEPTION -> throw new IllegalArgumentException("another form");
                case THROWS_AN_ERROR -> throw new NoClassDefFoundError("a class of the former version");
                case THROWS_A_CHECKED_EXCEPTION ->
                    throw CodecFaultsTest.<RuntimeException>sneaky(new IOException("unexpected end"));
            };
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> X sneaky(Throwable fault) throws X {
        throw (X) fault;
    }

    private static RegionCache<String> local() {
        return RegionCache.<String>builder("users").maximumEntries(1000).build();
    }

    private record Codec(Function<String, byte[]> encoding, Function<byte[], String> decoding)
            implements ValueCodec<String> {
        @Override
        public byte[] encode(String value) {
            return encoding.apply(value);
        }

        @Override
        public String decode(byte[] bytes) {
            return decoding.apply(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValueThatCannotBeDecodedIsAMissAndIsCounted(Fault fault) {
        ValueCodec<String> broken = new Codec(value -> value.getBytes(StandardCharsets.UTF_8), bytes -> fault.act());
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica writer = new Replica(REDIS.uri(), publisher, builder -> builder);
                Replica reader = new Replica(REDIS.uri(), publisher, local(), broken)) {
            writer.region.get("user:1", (key, load) -> "old form");
            await().until(() -> writer.tier.read("user:1").join() instanceof TierRead.Found);

            assertThat(reader.region.lookup("user:1").join()).isInstanceOf(Lookup.Miss.class);
            assertThat(reader.region.get("user:1", (key, load) -> "loaded")).isEqualTo("loaded");
            assertThat(reader.region.stats().codecFailures()).isEqualTo(2);
            assertThat(writer.region.stats().codecFailures()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValueThatCannotBeEncodedIsReturnedAndCachedHereAndIsCounted(Fault fault) {
        ValueCodec<String> broken = new Codec(value -> fault.act(), bytes -> "not asked");
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica writer = new Replica(REDIS.uri(), publisher, local(), broken)) {
            assertThat(writer.region.get("user:1", (key, load) -> "loaded")).isEqualTo("loaded");
            assertThat(writer.local.getIfPresent("user:1")).isEqualTo("loaded");
            assertThat(writer.region.write("user:2", "written", write -> {}).isPublished())
                    .isTrue();
            assertThat(writer.region.stats().codecFailures()).isPositive();
        }
    }
}

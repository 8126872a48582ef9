package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.schema.Syntax;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.core.SpringVersion;

/** The texts of keys, and the names of regions: both are the same in all processes and releases. */
class KeysTest {

    enum Color {
        RED
    }

    enum Wine {
        RED
    }

    record Price(String product, String currency) {}

    record Cost(String product, String currency) {}

    record UserId(long number) {}

    private final KeyTexts texts = new KeyTexts("users", List.of());

    @Test
    void theTestsRunOnTheSpringThatTheBuildSays() {
        assertThat(SpringVersion.getVersion()).isEqualTo(System.getProperty("freshet.test.spring"));
    }

    @Test
    void textsAreWhatInvalidationsFromElsewhereCall() {
        assertThat(texts.of("user:7")).isEqualTo("user:7");
        assertThat(texts.of(7L)).isEqualTo("~long:7");
        assertThat(texts.of(7)).isEqualTo("~int:7");
        assertThat(texts.of(new UUID(0, 7))).isEqualTo("~uuid:00000000-0000-0000-0000-000000000007");
        assertThat(texts.of("")).isEqualTo("~");
        assertThat(texts.of("~long:7")).isEqualTo("~~long:7");
        assertThat(texts.of(Color.RED)).isEqualTo("~enum:dev.freshet.spring.KeysTest$Color:RED");
        assertThat(texts.of(SimpleKey.EMPTY)).isEqualTo("~()");
        assertThat(texts.of(new SimpleKey("a", 7L, null))).isEqualTo("~(a,~long:7,~null)");
        assertThat(texts.of(new Price("a,b", "EUR"))).isEqualTo("~dev.freshet.spring.KeysTest$Price(a%2cb,EUR)");
        assertThat(texts.of(List.of("a", List.of("b")))).isEqualTo("~[a,~[b]]");
    }

    @Test
    void keysThatAreNotEqualHaveDifferentTexts() {
        List<Object> keys = Arrays.asList(
                "7",
                7L,
                7,
                (short) 7,
                (byte) 7,
                '7',
                7.0,
                7.0f,
                new BigDecimal("7"),
                new BigDecimal("7.0"),
                "",
                "~",
                "~~",
                "~null",
                "~long:7",
                "~~long:7",
                true,
                "true",
                Color.RED,
                Wine.RED,
                "RED",
                new UUID(0, 7),
                new UUID(0, 7).toString(),
                LocalDate.EPOCH,
                LocalDate.EPOCH.toString(),
                Instant.EPOCH,
                Locale.GERMAN,
                Locale.GERMANY,
                SimpleKey.EMPTY,
                "~()",
                "()",
                new SimpleKey(),
                new SimpleKey((Object) null),
                new SimpleKey(""),
                new SimpleKey("null"),
                new SimpleKey("~null"),
                new SimpleKey("a", "b"),
                new SimpleKey("a,b"),
                new SimpleKey("a%2cb"),
                new SimpleKey("a", "b", ""),
                new SimpleKey(new Object[] {new Object[] {"a", "b"}}),
                new SimpleKey((Object) new long[] {1, 2}),
                new SimpleKey((Object) new int[] {1, 2}),
                new SimpleKey(List.of("a", "b")),
                List.of("a", "b"),
                List.of("a,b"),
                List.of("a]", "[b"),
                List.of("a", "[b]"),
                List.of(List.of("a"), "b"),
                List.of(List.of("a", "b")),
                List.of(),
                Set.of(),
                Set.of("a", "b"),
                Optional.empty(),
                Optional.of("a"),
                new Price("a", "b"),
                new Cost("a", "b"),
                new Price("a", "b,c"),
                Long.class,
                "x".repeat(512),
                "x".repeat(513),
                "x".repeat(514),
                "\ud800",
                "\udc00",
                "\ufffd",
                "é".repeat(256),
                "é".repeat(257),
                "é".repeat(258));
        Set<Object> distinct = new HashSet<>(keys);

        Set<String> found = new LinkedHashSet<>();
        distinct.forEach(key -> assertThat(found.add(texts.of(key)))
                .as("%s of %s: %s", key, key.getClass(), texts.of(key))
                .isTrue());

        assertThat(found)
                .allSatisfy(text -> assertThat(Syntax.faultInName(text)).isEmpty());
    }

    @Test
    void keysThatAreEqualHaveOneText() {
        assertThat(texts.of(Arrays.asList("a", "b"))).isEqualTo(texts.of(List.of("a", "b")));
        assertThat(texts.of(new LinkedHashSet<>(List.of("b", "a")))).isEqualTo(texts.of(Set.of("a", "b")));
        assertThat(texts.of(new SimpleKey("a", new long[] {1})))
                .isEqualTo(texts.of(new SimpleKey("a", new long[] {1})));
    }

    @ParameterizedTest
    @ValueSource(ints = {513, 600, 10_000})
    void aLongKeyIsHashedAndKeepsItsBeginningForPrefixes(int length) {
        String text = texts.of("price:" + "x".repeat(length - 6));

        assertThat(text).hasSize(512).startsWith("price:xxx").contains("~sha256:");
        assertThat(texts.of("price:" + "x".repeat(length - 6))).isEqualTo(text);
    }

    @Test
    void aKeyThatLooksHashedIsHashedItself() {
        String hashed = texts.of("x".repeat(600));

        assertThat(texts.of(hashed)).isNotEqualTo(hashed);
    }

    @Test
    void aHashedTextIsCutBetweenCharacters() {
        for (int i = 0; i < 8; i++) {
            String text = texts.of("x".repeat(i) + "\ud83d\ude00".repeat(200));
            assertThat(Syntax.faultInName(text)).isEmpty();
            assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThan(508);
        }
    }

    @Test
    void aConverterKnowsTheApplicationsTypesAlsoAsPartsOfKeys() {
        KeyTexts converted =
                new KeyTexts("users", List.of((cache, key) -> key instanceof UserId id ? "user:" + id.number() : null));

        assertThat(converted.of(new UserId(7))).isEqualTo("user:7");
        assertThat(converted.of("user:7")).isEqualTo("user:7");
        assertThat(converted.of(new SimpleKey(new UserId(7), 1L))).isEqualTo("~(user:7,~long:1)");
        for (Object key : List.of(7L, 7, new UUID(0, 7))) {
            assertThat(converted.of(key)).isEqualTo(texts.of(key));
        }
    }

    @Test
    void aKeyOfATypeThatNobodyKnowsIsRefusedWithWhatWouldBeRight() {
        assertThatThrownBy(() -> texts.of(new Object()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "cache \"users\" has no text for a key of type java.lang.Object: give it a CacheKeyConverter");
        assertThatThrownBy(() -> texts.of(List.of(new StringBuilder())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.StringBuilder, a part of the key: give it a CacheKeyConverter");
    }

    @Test
    void aKeyThatContainsItselfIsRefused() {
        List<Object> endless = new java.util.ArrayList<>();
        endless.add(endless);

        assertThatThrownBy(() -> texts.of(endless)).hasMessageContaining("more than 16 levels");
    }

    @ParameterizedTest
    @CsvSource({
        "users, users",
        "user-profiles, user-profiles",
        "userProfiles, user-profiles",
        "UserProfiles, user-profiles",
        "dev.freshet.User.roles, dev.freshet.user.roles"
    })
    void aCacheNamesItsRegion(String cache, String region) {
        assertThat(RegionNames.of(cache)).isEqualTo(region);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "users list", "Köln", "пользователи", "a/b", "a:b", "-x", "_", "\ud800"})
    void anyOtherNameHasARegionOfItsOwn(String cache) {
        String region = RegionNames.of(cache);

        assertThat(Syntax.faultInRegion(region)).isEmpty();
        assertThat(RegionNames.of(cache + " ")).isNotEqualTo(region);
        assertThat(Syntax.faultInRegion(RegionNames.of(cache + "x".repeat(200))))
                .isEmpty();
        assertThat(Objects.requireNonNull(region)).isEqualTo(RegionNames.of(cache));
    }
}

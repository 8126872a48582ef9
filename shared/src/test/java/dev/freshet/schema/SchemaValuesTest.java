package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaValuesTest {

    private static final OptionalLong NONE = OptionalLong.empty();

    @Test
    void theNamesOfWhoSetsNoNamespaceAreThoseOfAllVersions() {
        RedisNames names = Namespace.DEFAULT.region("users");
        assertThat(List.of(
                        names.head(),
                        names.log(),
                        names.channel(),
                        names.members(),
                        names.memberChannel("m1"),
                        names.answers("q1"),
                        names.value("a"),
                        names.fences(0),
                        names.namespace().regions(),
                        names.namespace().source("s"),
                        names.namespace().keyspaceChannel("k")))
                .containsExactly(
                        "freshet:{users}:head",
                        "freshet:{users}:log",
                        "freshet:{users}:v1",
                        "freshet:{users}:members",
                        "freshet:{users}:v1:member:m1",
                        "freshet:{users}:answers:q1",
                        "freshet:{users}:value:a",
                        "freshet:{users}:fences:0",
                        "freshet:regions",
                        "freshet:source:s",
                        "freshet:keyspace:k");
    }

    @Test
    void aNamespaceBeginsAllNamesAndADatabaseIsPartOfChannelsOnly() {
        RedisNames names = new Namespace("shop", 3).region("users");
        assertThat(names.head()).isEqualTo("shop:{users}:head");
        assertThat(names.value("a")).isEqualTo("shop:{users}:value:a");
        assertThat(names.keyOfValue("shop:{users}:value:a")).hasValue("a");
        assertThat(names.keyOfValue("freshet:{users}:value:a")).isEmpty();
        assertThat(names.fences(1)).isEqualTo("shop:{users}:fences:1");
        assertThat(names.answers("q1")).isEqualTo("shop:{users}:answers:q1");
        assertThat(names.channel()).isEqualTo("shop:{users}:v1:db3");
        assertThat(names.memberChannel("m1")).isEqualTo("shop:{users}:v1:db3:member:m1");
        assertThat(names.namespace().regions()).isEqualTo("shop:regions");
        assertThat(names.namespace().source("s")).isEqualTo("shop:source:s");
        assertThat(names.namespace().keyspaceChannel("k")).isEqualTo("shop:keyspace:k");
        assertThat(Namespace.DEFAULT.region("users")).isEqualTo(new RedisNames("users"));
        assertThat(new Namespace("shop", 0).region("users").channel()).isEqualTo("shop:{users}:v1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Shop", "{shop}", "a:b", "a b", "a\n", "-a", "a*", "a?", "[a]", "\u00e9", "\0"})
    void anInvalidNamespaceIsRefused(String name) {
        assertThatThrownBy(() -> new Namespace(name, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("namespace must match");
        assertThatThrownBy(() -> new Namespace("shop", -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Namespace("a".repeat(64), 0).prefix()).hasSize(65);
        assertThatThrownBy(() -> new Namespace("a".repeat(65), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aKeyIsFoundAgainInTheNameOfItsValueWhateverTheVersionOfTheCodec() {
        RedisNames names = new RedisNames("users");
        assertThat(names.value("user:1"))
                .isEqualTo("freshet:{users}:value:user:1")
                .isEqualTo(names.value(0, "user:1"));
        for (int version : new int[] {0, 1, 10, Integer.MAX_VALUE}) {
            for (String key : new String[] {"user:1", ":", "1:a", ".1:a", "ü", "value:a"}) {
                assertThat(names.keyOfValue(names.value(version, key))).hasValue(key);
            }
        }
        for (String other : new String[] {
            names.head(),
            names.fences(0),
            new RedisNames("user").value("a"),
            "freshet:{users}:value",
            "freshet:{users}:value.0:a",
            "freshet:{users}:value.x:a",
            "freshet:{users}:values:a",
            ""
        }) {
            assertThat(names.keyOfValue(other)).as(other).isEmpty();
        }
    }

    @Test
    void redisNamesAreTagged() {
        RedisNames names = new RedisNames("users");
        assertThat(names.head()).isEqualTo("freshet:{users}:head");
        assertThat(names.log()).isEqualTo("freshet:{users}:log");
        assertThat(names.channel()).isEqualTo("freshet:{users}:v1");
        assertThat(names.members()).isEqualTo("freshet:{users}:members");
        assertThat(names.memberChannel("m1")).isEqualTo("freshet:{users}:v1:member:m1");
        assertThat(names.answers("q1")).isEqualTo("freshet:{users}:answers:q1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "users", "a.b-c_d", "users.v2"})
    void aRegionMayBeCalled(String region) {
        assertThat(Syntax.faultInRegion(region)).isEmpty();
        assertThat(new RedisNames(region).region()).isEqualTo(region);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Users", ".a", "-a", "_a", "a b", "a}", "{a", "a:b", "ä", "a\n", "a/b", "a*"})
    void aRegionMayNotBeCalled(String region) {
        assertThat(Syntax.faultInRegion(region)).isPresent();
        assertThatThrownBy(() -> new RedisNames(region))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("region must match");
    }

    @Test
    void aRegionHas64CharactersAtMost() {
        assertThat(Syntax.faultInRegion("a".repeat(64))).isEmpty();
        assertThat(Syntax.faultInRegion("a".repeat(65))).isPresent();
    }

    @Test
    void aFaultShowsNoControlCharactersAndNoMoreThanALine() {
        String fault = Syntax.faultInRegion("\u001b[2J" + "x".repeat(1_000_000)).orElseThrow();
        assertThat(fault).hasSizeLessThan(200).doesNotContain("\u001b");
    }

    @Test
    void aNameHas1To512Bytes() {
        assertThat(Syntax.faultInName("")).contains("must not be empty");
        assertThat(Syntax.faultInName("x".repeat(512))).isEmpty();
        assertThat(Syntax.faultInName("x".repeat(513))).isPresent();
        assertThat(Syntax.faultInName("é".repeat(256))).isEmpty();
        assertThat(Syntax.faultInName("é".repeat(257))).isPresent();
    }

    @Test
    void aSelectorHas1To4096Names() {
        assertThatThrownBy(() -> Selector.keys()).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Selector.Tags(Collections.nCopies(4096, "t")).tags()).hasSize(4096);
        List<String> tooMany = Collections.nCopies(4097, "p");
        assertThatThrownBy(() -> new Selector.Prefixes(tooMany)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Selector.prefixes("")).hasMessage("prefix must not be empty");
    }

    @Test
    void aVersionGoesWithKeysOnlyAndIsNotNegative() {
        assertThat(new Invalidation(Selector.keys("k"), 0, 0, OptionalLong.of(0)).version())
                .hasValue(0);
        assertThatThrownBy(() -> new Invalidation(Selector.all(), 0, 0, OptionalLong.of(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Invalidation(Selector.keys("k"), 0, 0, OptionalLong.of(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRecordHoldsAnInvalidationAndAShortOrigin() {
        List<Invalidation> one = List.of(new Invalidation(Selector.all(), 0, 0, NONE));
        assertThat(new RecordBody("x".repeat(128), NONE, one).invalidations()).hasSize(1);
        assertThatThrownBy(() -> new RecordBody("p", NONE, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordBody("x".repeat(129), NONE, one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordBody("\ud800", NONE, one)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordBody("p", OptionalLong.of(-1), one))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPositionIsWrittenWithSixteenDigits() {
        assertThat(new Position(0xc0ffee, 42)).hasToString("0000000000c0ffee-42");
        assertThat(new Position(-1, 0)).hasToString("ffffffffffffffff-0");
        assertThat(new Position(1, 5).at(7)).isEqualTo(new Position(1, 7));
        assertThatThrownBy(() -> new Position(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "00c0ffee00c0ffee",
                "00c0ffee00c0ffee-",
                "00c0ffee00c0ffee--1",
                "00c0ffee00c0ffee-+1",
                "00c0ffee00c0ffee-01",
                "00c0ffee00c0ffee-1 ",
                " 00c0ffee00c0ffee-1",
                "00C0FFEE00C0FFEE-1",
                "c0ffee-1",
                "00c0ffee00c0ffee-9223372036854775808",
                "00c0ffee00c0ffee-٤٢",
                "00c0ffee00c0ffee-1-2"
            })
    void anythingElseIsNoPosition(String text) {
        assertThatThrownBy(() -> Position.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a position is written");
    }

    @Test
    void aRefusedPositionIsQuotedInPart() {
        assertThatThrownBy(() -> Position.parse("x".repeat(1_000_000)))
                .message()
                .hasSizeLessThan(200);
    }
}

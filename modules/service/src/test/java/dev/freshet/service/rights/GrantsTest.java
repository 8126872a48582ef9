package dev.freshet.service.rights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that says who may do what. */
@SuppressWarnings("NullAway.Init") // before each test
final class GrantsTest {

    private static final String HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // of "test"

    @TempDir
    private Path folder;

    private Grants read(String text) throws IOException {
        Path file = folder.resolve("tokens");
        Files.writeString(file, text);
        return Grants.read(file, Right.OF_PUBLISHER);
    }

    private static Grant of(Grants grants, String token) {
        return Objects.requireNonNull(grants.of(Credential.TokenHash.of(token)));
    }

    @Test
    void aLineGrantsRightsInRegions() throws IOException {
        Grants grants = read("# who may do what\n\n  shop \t sha256:" + HASH.toUpperCase(Locale.ROOT)
                + "  publish,broad users,product-*\n");

        Grant grant = of(grants, "test");
        assertThat(grant.name()).isEqualTo("shop");
        assertThat(grant.allows(Right.PUBLISH, "users")).isTrue();
        assertThat(grant.allows(Right.BROAD, "product-prices")).isTrue();
        assertThat(grant.allows(Right.BROAD, "product-")).isTrue();
        assertThat(grant.allows(Right.FORCE, "users")).isFalse();
        assertThat(grant.allows(Right.PUBLISH, "users2")).isFalse();
        assertThat(grant.allows(Right.PUBLISH, "product")).isFalse();
        assertThat(grants.of(Credential.TokenHash.of("tes"))).isNull();
        assertThat(grants.of(Credential.TokenHash.of(""))).isNull();
        assertThat(grants.of(new Credential.CommonName("shop"))).isNull();
    }

    @Test
    void aStarGrantsEverything() throws IOException {
        Grant grant = of(read("shop sha256:" + HASH + " * *"), "test");

        assertThat(Right.OF_PUBLISHER).allMatch(right -> grant.allows(right, "users"));
        assertThat(grant.allows(Right.WRITE, "users")).isFalse();
    }

    @Test
    void oneCallerMayHaveSeveralTokensWhileTheyAreReplaced() throws IOException {
        NewToken former = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        NewToken next = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        Grants grants = read(former.line() + "\n" + next.line() + "\n");

        assertThat(of(grants, former.token()).name()).isEqualTo("shop");
        assertThat(of(grants, next.token()).name()).isEqualTo("shop");
        assertThat(former.token()).isNotEqualTo(next.token());
    }

    @Test
    void aClientCertificateCountsByItsCommonName() throws IOException {
        Grants grants = read("shop cn:shop.example.com publish *");

        assertThat(grants.of(new Credential.CommonName("shop.example.com"))).isNotNull();
        assertThat(grants.of(new Credential.CommonName("shop"))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "CN=shop | shop",
                "CN=shop,O=Example,C=DE | shop",
                "O=Example,cn=shop | shop",
                "O=Example | -",
                "CN=shop,CN=admin | -",
                "CN=shop+OU=x | -",
                "CN=a\\,b | a,b",
            })
    void theCommonNameIsFoundIfThereIsExactlyOne(String subject, @Nullable String name) {
        Credential.CommonName found = Subjects.commonName(new X500Principal(subject));
        assertThat(found == null ? null : found.name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# nothing",
                "shop",
                "shop hush-hush publish users",
                "shop sha256:hush-hush publish users",
                "shop sha256:" + HASH + "00 publish users",
                "hush-hush! sha256:" + HASH + " publish users",
                "none sha256:" + HASH + " publish users",
                "shop cn: publish users",
                "shop sha256:" + HASH + " publish",
                "shop sha256:" + HASH + " publish users orders",
                "shop sha256:" + HASH + " publish, users",
                "shop sha256:" + HASH + " Publish users",
                "shop sha256:" + HASH + " write users",
                "shop sha256:" + HASH + " publish Users",
                "shop sha256:" + HASH + " publish users,,",
                "shop sha256:" + HASH + " publish *users",
                "shop sha256:" + HASH + " publish us*rs",
                "shop sha256:" + HASH + " publish -*",
                "shop sha256:" + HASH + " publish users\nother sha256:" + HASH + " read users",
            })
    void aFileThatIsMalformedIsRefusedAsAWhole(String text) {
        assertThatThrownBy(() -> read("good cn:good publish *\n".repeat(text.startsWith("shop") ? 1 : 0) + text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .message()
                .doesNotContain("hush")
                .doesNotContain(HASH.substring(1));
    }

    @Test
    void theFileHasABound() {
        String lines = IntStream.range(0, 257)
                .mapToObj(i -> "shop cn:c" + i + " publish *")
                .collect(Collectors.joining("\n"));

        assertThatThrownBy(() -> read(lines)).hasMessageContaining("1 to 256 lines, not 257");
    }

    @Test
    void aNewTokenIsLongAndItsLineDoesNotShowIt() throws IOException {
        NewToken made = NewToken.make("shop", Set.of(Right.BROAD, Right.PUBLISH), List.of("users", "product-*"));

        assertThat(made.token()).hasSizeGreaterThanOrEqualTo(43).startsWith("freshet_");
        assertThat(made.line())
                .matches("shop sha256:[0-9a-f]{64} publish,broad users,product-\\*")
                .doesNotContain(made.token());
        assertThat(made.toString()).doesNotContain(made.token());
        assertThat(of(read(made.line()), made.token()).toString()).doesNotContain(made.token());
    }

    @Test
    void aTokenIsMadeOnlyForWhatCanStandInAFile() {
        assertThatThrownBy(() -> NewToken.make("My Shop", Set.of(Right.PUBLISH), List.of("users")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NewToken.make("shop", Set.of(Right.PUBLISH), List.of("Users")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NewToken.make("shop", Set.of(), List.of("users")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

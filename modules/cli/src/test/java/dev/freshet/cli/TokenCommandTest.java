package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens are made here, and used in the tests of the ports. */
@SuppressWarnings("NullAway.Init") // before each test
class TokenCommandTest {

    private static final String TOKEN = "freshet_[A-Za-z0-9_-]{43}";

    @TempDir
    private Path folder;

    @Test
    void aTokenIsShownOnceBesideItsLine() {
        Outcome outcome =
                Outcome.of("token", "shop", "--right", "publish,broad", "--region", "users", "--region", "p-*");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().lines()).hasSize(2).first().asString().matches("token, for the caller: " + TOKEN);
        assertThat(outcome.out().lines().skip(1))
                .singleElement()
                .asString()
                .matches("line, for http.tokens-file: shop sha256:[0-9a-f]{64} publish,broad users,p-\\*");
    }

    @Test
    void aTokenMayGoToAFileThatOnlyItsOwnerReads() throws IOException {
        Path file = folder.resolve("token");

        Outcome outcome = Outcome.of("token", "shop", "--right", "read", "--token-file", file.toString());

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).matches("shop sha256:[0-9a-f]{64} read \\*");
        assertThat(Files.readString(file).strip()).matches(TOKEN);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Outcome again = Outcome.of("token", "shop", "--right", "read", "--token-file", file.toString());
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("exists already");
        assertThat(again.out()).isEmpty();
    }

    @Test
    void aTokenCanBeReadByAProgram() {
        Outcome outcome = Outcome.of("token", "shop", "--right", "read", "--json");

        assertThat(outcome.out().strip())
                .matches("\\{\"token\":\"" + TOKEN + "\",\"line\":\"shop sha256:[0-9a-f]{64} read \\*\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop",
                "shop --right everything",
                "shop --right publish --region Users",
                "My-Shop --right publish",
                "none --right publish",
                "--right publish",
            })
    void whatCannotStandInAFileIsRefused(String arguments) {
        Outcome outcome = Outcome.of(("token " + arguments).split(" ", -1));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
    }
}

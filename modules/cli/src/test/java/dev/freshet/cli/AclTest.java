package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code ./freshet acl} prints is what a real Redis takes, and with it each command works as that user. */
@SuppressWarnings("NullAway.Init") // the folder, before each test
class AclTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @TempDir
    private Path folder;

    @AfterEach
    void removeUsers() {
        REDIS.server()
                .execute("ACL", "DELUSER", "freshet-publisher", "freshet-subscriber", "freshet-doctor", "somebody");
    }

    /** Runs what is printed, and returns an address with the user's password. */
    private String userOf(String... arguments) throws IOException {
        Path password = Files.writeString(folder.resolve("password"), "s3cret\n");
        List<String> line = new ArrayList<>(List.of("acl"));
        line.addAll(Arrays.asList(arguments));
        line.addAll(List.of("--password-file", password.toString()));
        Outcome printed = Outcome.of(line.toArray(String[]::new));
        assertThat(printed.exitCode()).as(printed.err()).isZero();
        assertThat(printed.out()).hasLineCount(1).doesNotContain("s3cret");
        String[] command = printed.out().strip().split(" ");
        assertThat(REDIS.server().execute(command)).isEqualTo("OK");
        return "redis://" + command[2] + ":s3cret@" + REDIS.host() + ":"
                + REDIS.server().port();
    }

    @Test
    void theDoctorFindsNothingMissingForAnyRole() throws IOException {
        for (String role : List.of("publisher", "subscriber", "doctor")) {
            Outcome outcome = Outcome.of("doctor", "--as", role, "--redis", userOf(role));

            assertThat(outcome.exitCode()).as(outcome.out()).isZero();
            assertThat(outcome.out())
                    .contains("this user may run every command that "
                            + (role.equals("doctor") ? "Freshet" : "a " + role) + " needs");
        }
    }

    @Test
    void aRespPortNeedsToReadTheKeysOfItsRules() {
        Outcome outcome = Outcome.of(
                "acl", "subscriber", "users", "--resp", "user:*", "--resp-command", "hget", "--resp-command", "TOUCH");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .contains(" %R~user:* ", " +client|tracking ", " +getrange ", " +hget ", " +touch")
                .doesNotContain(" ~user");
        assertThat(Outcome.of("acl", "publisher", "--resp", "user:*").err()).contains("--resp and --resp-command");
        assertThat(Outcome.of("acl", "subscriber", "--resp", "user:[ab]").err()).contains("--resp must be literal");
        assertThat(Outcome.of("acl", "subscriber", "--resp-command", "LRANGE").err())
                .contains("--resp-command must be one of HGET", "not \"LRANGE\"");
    }

    @Test
    void theDoctorFindsThatARoleHasNotAllRightsOfAnother() throws IOException {
        Outcome asSubscriber = Outcome.of("doctor", "--as", "publisher", "--redis", userOf("subscriber"));
        assertThat(asSubscriber.exitCode()).isEqualTo(1);
        assertThat(asSubscriber.out()).contains("refuses XADD");
        Outcome asBoth = Outcome.of("doctor", "--redis", userOf("publisher"));
        assertThat(asBoth.exitCode()).isEqualTo(1);
        assertThat(asBoth.out()).contains("refuses SUBSCRIBE");
    }

    @Test
    void everyOtherCommandWorksWithTheRightsOfTheDoctor() throws IOException {
        String uri = userOf("doctor");
        for (String command :
                List.of("publish users --key a", "regions", "regions --remove --unused 24h", "members users")) {
            List<String> line = new ArrayList<>(Arrays.asList(command.split(" ")));
            line.addAll(List.of("--redis", uri));
            Outcome outcome = Outcome.of(line.toArray(String[]::new));
            assertThat(outcome.exitCode()).as("%s: %s", command, outcome).isZero();
        }
    }

    @Test
    void onlyTheNamedRegionsAndOnlyThatNamespace() {
        Outcome outcome = Outcome.of(
                "acl",
                "subscriber",
                "users",
                "orders",
                "--user",
                "somebody",
                "--set",
                "redis.namespace=shop",
                "--redis",
                "redis://localhost/3");

        assertThat(outcome.out())
                .startsWith(
                        "ACL SETUSER somebody reset on resetkeys resetchannels -@all ~shop:{users}:* ~shop:{orders}:*"
                                + " ~shop:regions &shop:{users}:* &shop:{orders}:* +")
                .contains("+select")
                .doesNotContain("+xadd", "+unlink");
        assertThat(outcome.err()).contains("without --password-file nobody can log in");
        assertThat(Outcome.of("acl", "subscriber", "--tier").out()).contains("+unlink");
        assertThat(Outcome.of("acl", "publisher", "--sources").out()).contains("+hsetnx");
        assertThat(Outcome.of("acl", "publisher", "--redis", "redis-cluster://localhost")
                        .out())
                .contains("+spublish", "+asking", "+cluster|slots")
                .doesNotContain("+publish");
    }

    @Test
    void aLineForTheFileOfUsers() throws IOException {
        Path password = Files.writeString(folder.resolve("password"), "s3cret");
        String command = Outcome.of("acl", "doctor", "--password-file", password.toString())
                .out();
        String line = Outcome.of("acl", "doctor", "--acl-file", "--password-file", password.toString())
                .out();
        assertThat(line).isEqualTo(command.replace("ACL SETUSER freshet-doctor reset on", "user freshet-doctor on"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acl",
                "acl nobody",
                "acl Publisher",
                "acl publisher Users",
                "acl subscriber --sources",
                "acl publisher --user a'b",
                "acl publisher --user ",
                "acl publisher --password-file /dev/zero",
                "acl publisher --password-file nowhere/password",
                "acl publisher --redis nonsense"
            })
    void aWrongCommandLineIsRefusedInSentences(String line) {
        Outcome outcome = Outcome.of(line.split(" ", -1));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).doesNotContain("Exception").contains("freshet acl");
    }
}

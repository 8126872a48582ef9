package dev.freshet.e2e.rights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import dev.freshet.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line, as its jar, with the tokens that it makes, against a real publisher with TLS: each right refused and granted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
@SuppressWarnings("NullAway.Init") // before all tests
class CommandLineRightsIT {

    private Path folder;
    private TestCertificates authority;
    private TestCertificates.Issued shop;
    private RedisServer redis;
    private ServiceProcess publisher;
    private ServiceProcess closed;

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        folder = temporary;
        authority = TestCertificates.in(Files.createDirectory(folder.resolve("tls")));
        TestCertificates.Issued server = authority.issue("publisher");
        shop = authority.issue("shop");
        StringBuilder lines = new StringBuilder("shop cn:shop publish users\n");
        for (String rights : List.of(
                "publish",
                "publish,broad",
                "publish,broad,force",
                "broad,force,read,members",
                "read",
                "read,members",
                "write")) {
            lines.append(cli(
                            Map.of(),
                            "token",
                            "caller",
                            "--right",
                            rights,
                            "--region",
                            "users",
                            "--token-file",
                            tokenFile(rights))
                    .expectSuccess());
        }
        Path tokens =
                Files.writeString(folder.resolve("tokens"), lines.toString().replaceAll("(?m)^.* write .*\\n", ""));
        redis = RedisServer.started();
        Map<String, String> environment = Map.of(
                "FRESHET_HTTP_TOKENS_FILE", tokens.toString(),
                "FRESHET_HTTP_TLS_CERTIFICATE", server.certificate().toString(),
                "FRESHET_HTTP_TLS_KEY", server.key().toString());
        publisher = ServiceProcess.start(
                "publisher", folder, "open", "{broad: {maximum-entries: 1}}", redis.uri(), environment);
        Map<String, String> withCa = new HashMap<>(environment);
        withCa.put("FRESHET_HTTP_TLS_CLIENT_CA", authority.ca().toString());
        closed = ServiceProcess.start("publisher", folder, "closed", "{}", redis.uri(), withCa);
        publisher.awaitReady();
        closed.awaitReady();
    }

    @AfterAll
    void stop() {
        closed.close();
        publisher.close();
        redis.close();
    }

    private String tokenFile(String rights) {
        return folder.resolve("token-" + rights.replace(',', '-')).toString();
    }

    private HostTool.Finished cli(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of("env"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of(
                ChildProcess.java(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                Checkout.file("modules/cli/target/freshet-cli.jar").toString()));
        command.addAll(List.of(arguments));
        return HostTool.run(folder, command);
    }

    private HostTool.Finished at(ServiceProcess process, String arguments, String... more) {
        List<String> all = new ArrayList<>(List.of(arguments.split(" ", -1)));
        all.addAll(List.of(
                "--publisher",
                "https://localhost:" + process.port(),
                "--ca",
                authority.ca().toString()));
        all.addAll(List.of(more));
        return cli(Map.of(), all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "publish users --key a, 'publish', 'broad,force,read,members', publish",
        "publish users --tag t, 'publish,broad', 'publish', broad",
        "publish users --all --force, 'publish,broad,force', 'publish,broad', force",
        "publish users --all --dry-run, 'read', 'publish', read",
        "members users, 'read,members', 'publish', read",
        "publish orders --key a, '', 'publish', publish",
    })
    void eachCommandNeedsItsRights(String command, String granted, String refused, String missing) {
        HostTool.Finished without = at(publisher, command, "--token-file", tokenFile(refused));
        assertThat(without.exit()).isEqualTo(1);
        assertThat(without.err())
                .contains("refuses: 403", "lacks the right \"" + missing + "\"")
                .doesNotContain("freshet_");
        if (!granted.isEmpty()) {
            HostTool.Finished with = at(publisher, command, "--token-file", tokenFile(granted));
            assertThat(with.exit()).as(with.err()).isZero();
        }
    }

    @Test
    void membersNeedsItsRightToNameThem() {
        HostTool.Finished counted = at(publisher, "members users", "--token-file", tokenFile("read"));
        assertThat(counted.exit()).as(counted.err()).isZero();
        assertThat(counted.out()).contains("0 live members", "need the right members");
    }

    @Test
    void whoShowsNothingOrSomethingUnknownIsRefused() throws IOException {
        assertThat(at(publisher, "publish users --key a").err()).contains("refuses: 401", "--token-file");
        Path stolen = Files.writeString(folder.resolve("stolen"), "freshet_stolen");
        assertThat(at(publisher, "publish users --key a", "--token-file", stolen.toString())
                        .err())
                .contains("refuses: 401")
                .doesNotContain("freshet_stolen");
    }

    @Test
    void theEnvironmentNamesThePublisherToo() {
        Map<String, String> environment = Map.of(
                "FRESHET_CLI_PUBLISHER", "https://localhost:" + publisher.port(),
                "FRESHET_CLI_CA", authority.ca().toString(),
                "FRESHET_CLI_TOKEN_FILE", tokenFile("publish"));

        HostTool.Finished published = cli(environment, "publish", "users", "--key", "a");
        assertThat(published.exit()).as(published.err()).isZero();
        assertThat(published.out()).contains("published to users at ");
    }

    @Test
    void aCertificateCountsAsATokenAndIsNeededWhereItIsAskedFor() {
        String[] shown = {
            "--certificate",
            shop.certificate().toString(),
            "--certificate-key",
            shop.key().toString()
        };
        assertThat(at(closed, "publish users --key a", shown).exit()).isZero();
        assertThat(at(closed, "publish users --tag t", shown).err()).contains("lacks the right \"broad\"");
        HostTool.Finished nobody = at(closed, "publish users --key a", "--token-file", tokenFile("publish"));
        assertThat(nobody.exit()).isEqualTo(1);
        assertThat(nobody.err()).contains("gives no answer").doesNotContain("freshet_", "Exception");
    }

    @Test
    void anAuthorityThatIsNotTrustedIsNamedAsTheReason() {
        HostTool.Finished refused = cli(Map.of(), "members", "--publisher", "https://localhost:" + publisher.port());
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("no authority that is trusted", "--ca");
    }

    @Test
    void theDoctorAsksThePublisherAsACaller() {
        HostTool.Finished healthy = cli(
                Map.of(),
                "doctor",
                "--redis",
                redis.uri(),
                "--publisher",
                "https://localhost:" + publisher.port(),
                "--ca",
                authority.ca().toString(),
                "--token-file",
                tokenFile("read"));
        assertThat(healthy.out()).contains("ok     publisher: https://localhost:" + publisher.port() + " answers");
        HostTool.Finished nobody = cli(
                Map.of(),
                "doctor",
                "--redis",
                redis.uri(),
                "--publisher",
                "https://localhost:" + publisher.port(),
                "--ca",
                authority.ca().toString());
        assertThat(nobody.exit()).isEqualTo(1);
        assertThat(nobody.out()).contains("FAULT  publisher: ", "refuses: 401");
    }
}

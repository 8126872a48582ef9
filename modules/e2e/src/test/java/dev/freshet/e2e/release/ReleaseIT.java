package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.BareCheckout;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.RedisExtension;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases into a folder, as CONTRIBUTING.md says, and builds and runs a project that knows only that folder. */
@Tag("ci")
class ReleaseIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final List<String> PUBLISHED =
            List.of("freshet-bom", "freshet-shared", "freshet-bus", "freshet-cache", "freshet-testkit");

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static Path checkout;

    @BeforeAll
    static void release() throws IOException {
        checkout = BareCheckout.withSources(folder.resolve("checkout"));
        HostTool.require("mvn")
                .run(checkout, "-B", "-Prelease", "-pl", "modules/bom,modules/cache,modules/testkit", "-am", "deploy")
                .expectSuccess();
    }

    private static Path released() {
        return checkout.resolve("target/release/dev/freshet");
    }

    /** Returns the one file of an artifact whose name ends like this. */
    private static Path file(String artifact, String end) throws IOException {
        try (Stream<Path> files = Files.walk(released().resolve(artifact))) {
            return files.filter(file -> file.toString().matches(".*-[0-9]+" + end))
                    .findAny()
                    .orElseThrow();
        }
    }

    @Test
    void nothingButWhatUsersDependOnIsPublished() throws IOException {
        try (Stream<Path> artifacts = Files.list(released())) {
            assertThat(artifacts.map(artifact -> artifact.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(PUBLISHED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"freshet-shared", "freshet-bus", "freshet-cache", "freshet-testkit"})
    void aLibraryHasSourcesAndJavadocAndAPomOfItsOwn(String artifact) throws IOException {
        for (String end : List.of("\\.jar", "-sources\\.jar", "-javadoc\\.jar")) {
            assertThat(file(artifact, end)).isNotEmptyFile();
        }
        assertThat(file(artifact, "\\.pom"))
                .content()
                .contains("<name>", "<description>", "<license>")
                .doesNotContain("<parent>", "${", "<scope>test</scope>");
    }

    @Test
    void theBomNamesEveryLibraryAndNothingElse() throws IOException {
        String bom = Files.readString(file("freshet-bom", "\\.pom"));
        assertThat(bom).doesNotContain("<parent>");
        assertThat(bom.lines().filter(line -> line.contains("<artifactId>")).map(line -> line.replaceAll("</?\\w+>", "")
                        .strip()))
                .containsExactlyInAnyOrderElementsOf(PUBLISHED);
    }

    @Test
    void aProjectBuiltFromTheFolderKeepsTwoReplicasCoherent() throws IOException {
        Path project = checkout.resolve("modules/samples/java");
        HostTool.require("mvn")
                .run(
                        project,
                        "-B",
                        "-s",
                        settings().toString(),
                        "-Dmaven.repo.local=" + folder.resolve("repository"),
                        "package")
                .expectSuccess();

        Path database = Files.createDirectory(folder.resolve("database"));
        Files.writeString(database.resolve("user-1"), "Ada");
        try (Replica one = new Replica(project, database);
                Replica two = new Replica(project, database)) {
            await().atMost(LONG).until(() -> one.tell("get user:1").equals("Ada"));
            await().atMost(LONG).until(() -> two.tell("get user:1").equals("Ada"));
            Files.writeString(database.resolve("user-1"), "unseen");
            assertThat(two.tell("get user:1")).as("what is cached").isEqualTo("Ada");

            assertThat(one.tell("set user:1 Grace")).contains("isStored=true", "fault=null");

            assertThat(one.tell("get user:1")).isEqualTo("Grace");
            await().atMost(LONG).until(() -> two.tell("get user:1").equals("Grace"));
        }
    }

    /** Everything but Freshet comes from what this build has downloaded. */
    private static Path settings() throws IOException {
        Path downloaded = Path.of(System.getProperty("user.home"), ".m2", "repository");
        return Files.writeString(folder.resolve("settings.xml"), """
                <settings>
                  <mirrors>
                    <mirror><id>downloaded</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
                  </mirrors>
                  <profiles>
                    <profile>
                      <id>released</id>
                      <repositories>
                        <repository><id>released</id><url>%s</url><snapshots><enabled>true</enabled></snapshots></repository>
                      </repositories>
                    </profile>
                  </profiles>
                  <activeProfiles><activeProfile>released</activeProfile></activeProfiles>
                </settings>
                """.formatted(
                        downloaded.toUri(), checkout.resolve("target/release").toUri()));
    }

    /** A process of the project. */
    private static final class Replica implements AutoCloseable {
        private final Process process;
        private final Writer commands;
        private final BufferedReader answers;

        Replica(Path project, Path database) throws IOException {
            Path target = project.resolve("target");
            process = new ProcessBuilder(
                            ChildProcess.java(),
                            "-cp",
                            target.resolve("users-1.0.0.jar") + File.pathSeparator + target.resolve("dependency")
                                    + "/*",
                            "com.example.Users",
                            redis.uri(),
                            database.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            commands = process.outputWriter();
            answers = process.inputReader();
        }

        String tell(String command) throws IOException {
            commands.write(command + "\n");
            commands.flush();
            return String.valueOf(answers.readLine());
        }

        @Override
        public void close() {
            ChildProcess.end(process);
        }
    }
}

package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases into a folder, as CONTRIBUTING.md says, and builds and runs a project that knows only that folder. */
@Tag("ci")
class ReleaseIT {

    private static final Duration LONG = Duration.ofMinutes(3);
    /** Jedis, Caffeine, Protobuf. */
    private static final String ENDS_OF_MATRIX = """
            ours,  ours,  none
            5.2.0, 3.1.8, 2.6.1
            7.4.1, 3.2.4, 4.36.2
            """;

    private static final String MIDDLE_OF_MATRIX = """
            5.2.0, 3.2.0, none
            6.0.0, 3.2.4, 3.25.5
            6.2.0, 3.2.4, none
            7.0.0, 3.2.4, none
            """;

    static final String MATRIX = ENDS_OF_MATRIX + MIDDLE_OF_MATRIX;

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static Release release;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static SigningKey key;

    @BeforeAll
    static void release() throws IOException {
        key = SigningKey.make(Files.createTempDirectory(folder, "keys"));
        release = Release.checkedOut(folder.resolve("checkout"));
        List<String> options = new ArrayList<>(List.of("-pl", Release.MODULES, "-am", "deploy"));
        Optional<String> before = ApiBaseline.tagBefore(release.version(), ApiBaseline.tags());
        if (before.isPresent()) {
            Path baseline = ApiBaseline.release(before.get(), folder.resolve("before"));
            options.add("-Dfreshet.api.phase=verify");
            options.add("-Dfreshet.api.version=" + before.get().substring(1));
            options.add("-Dfreshet.api.baseline=" + baseline);
        }
        release.maven("release,signed", key.environment(), options.toArray(String[]::new))
                .expectSuccess();
        HostTool.require("mvn")
                .run(
                        release.checkout().resolve("modules/samples/java"),
                        "-B",
                        "-s",
                        settings().toString(),
                        "-Dmaven.repo.local=" + folder.resolve("repository"),
                        "package")
                .expectSuccess();
    }

    @Nested
    class Artifacts extends ReleasedArtifacts {
        Artifacts() {
            super(release, key);
        }
    }

    @Nested
    @Tag("nightly")
    class Again extends SecondBuild {
        Again() {
            super(release, folder.resolve("again"));
        }
    }

    @AfterAll
    static void endAgent() {
        key.close();
    }

    /** JUnit deletes the folder, and is not to find a way out of it. */
    @AfterAll
    static void unlink() throws IOException {
        Path repository = folder.resolve("repository-of-the-shop");
        if (Files.isDirectory(repository)) {
            try (Stream<Path> links = Files.walk(repository, 2).filter(Files::isSymbolicLink)) {
                for (Path link : links.toList()) {
                    Files.delete(link);
                }
            }
        }
    }

    /**
     * The first line is what Freshet is built with; the others are what older applications have, and what Spring Boot manages: 3.5
     * at first, 3.5, 4.0 and 4.1. Each says which Protobuf the application has.
     */
    @ParameterizedTest
    @CsvSource(textBlock = ENDS_OF_MATRIX)
    void aProjectBuiltFromTheFolderKeepsTwoReplicasCoherent(String jedis, String caffeine, String protobuf)
            throws IOException {
        assertCoherentWith(jedis, caffeine, protobuf);
    }

    @ParameterizedTest
    @CsvSource(textBlock = MIDDLE_OF_MATRIX)
    @Tag("nightly")
    void soDoesOneWithWhatCameBetween(String jedis, String caffeine, String protobuf) throws IOException {
        assertCoherentWith(jedis, caffeine, protobuf);
    }

    private static void assertCoherentWith(String jedis, String caffeine, String protobuf) throws IOException {
        Path libraries = libraries(jedis, caffeine, protobuf);
        assertTwoReplicasAreCoherent(libraries, "-cp", libraries + "/*", "com.example.Users");
    }

    /** Freshet and all that it needs are modules; the application is not. */
    @Test
    void aProjectWithFreshetOnItsModulePathKeepsTwoReplicasCoherent() throws IOException {
        Path libraries = libraries("ours", "ours", "none");
        Path users = Files.move(libraries.resolve("users.jar"), folder.resolve("users.jar"));
        assertTwoReplicasAreCoherent(
                libraries,
                "-p",
                libraries + "",
                "--add-modules",
                "dev.freshet",
                "-cp",
                users + "",
                "com.example.Users");
    }

    private static void assertTwoReplicasAreCoherent(Path libraries, String... program) throws IOException {
        Path database = Files.createDirectory(libraries.resolve("database"));
        Files.writeString(database.resolve("user-1"), "Ada");
        try (Replica one = new Replica(database, program);
                Replica two = new Replica(database, program)) {
            await().atMost(LONG).until(() -> one.tell("get user:1").equals("Ada"));
            await().atMost(LONG).until(() -> two.tell("get user:1").equals("Ada"));
            Files.writeString(database.resolve("user-1"), "unseen");
            assertThat(two.tell("get user:1")).as("what is cached").isEqualTo("Ada");

            // Where the machine stands still, it is not known in time that the change is applied here, and nothing is
            // stored.
            await().atMost(LONG).until(() -> one.tell("set user:1 Grace").contains("isStored=true, fault=null"));

            assertThat(one.tell("get user:1")).isEqualTo("Grace");
            await().atMost(LONG).until(() -> two.tell("get user:1").equals("Grace"));
        }
    }

    /**
     * An application with Spring's annotations only, the starter, and two lines of settings, over PostgreSQL, on each Boot that the
     * starter is tested with.
     */
    @ParameterizedTest
    @ValueSource(strings = {"spring-boot.version", "spring-boot-next.version"})
    void aBootApplicationIsCoherentOverTwoProcesses(String property) throws IOException, SQLException {
        Path jar = shop(versionOf(property));
        String lines = "--freshet.redis.uri=" + redis.uri();
        try (PostgresServer database = PostgresServer.start();
                ShopReplica one = new ShopReplica(jar, folder.resolve(property + "-1"), lines, jdbc(database))) {
            await().atMost(LONG).until(one::isUp); // it makes the table
            try (ShopReplica two = new ShopReplica(jar, folder.resolve(property + "-2"), lines, jdbc(database))) {
                await().atMost(LONG).until(two::isUp);
                assertThatTheShopIsCoherent(one, two, database);
                two.stop();
            }
        }
    }

    private static void assertThatTheShopIsCoherent(ShopReplica one, ShopReplica two, PostgresServer database)
            throws IOException, SQLException {
        assertThat(two.product(1)).as("an absence").isEmpty();
        assertThatTheCommandsOfThePageAnswerAsItSays(one, two);
        assertThat(one.rename(1, "tea")).isEqualTo(204);
        assertThat(one.product(1)).isEqualTo("tea");
        await().atMost(LONG).until(() -> two.product(1).equals("tea"));
        await().atMost(LONG).until(() -> entries(one) == 1 && entries(two) == 1);
        database.execute("update product set name = 'unseen'");
        assertThat(two.product(1)).as("what is cached").isEqualTo("tea");

        assertThat(one.rename(1, " ")).as("rolled back").isEqualTo(400);
        assertThat(two.product(1)).as("what is cached after a rollback").isEqualTo("tea");

        assertThat(one.rename(1, "coffee")).isEqualTo(204);
        assertThat(one.product(1)).isEqualTo("coffee");
        await().atMost(LONG).until(() -> two.product(1).equals("coffee"));

        redis.server().stop();
        assertThat(one.rename(1, "cocoa")).as("without Redis").isEqualTo(204);
        assertThat(one.product(1)).isEqualTo("cocoa");
        assertThat(one.get("/actuator/health")).startsWith("{").contains("\"status\":\"UP\"");
        await().atMost(LONG).until(() -> !one.isUp());
        redis.server().start();
        await().atMost(LONG).until(() -> two.product(1).equals("cocoa"));
        await().atMost(LONG).until(() -> one.isUp() && two.isUp());

        assertThat(one.get("/actuator/freshet")).contains("\"name\":\"products\"");
        assertThat(one.get("/actuator/prometheus"))
                .contains(
                        "freshet_client_queued_total 1.0",
                        "freshet_spring_evictions_failed_total",
                        "cache_gets_total{cache=\"products\",cache_manager=\"cacheManager\"");
    }

    private static void assertThatTheCommandsOfThePageAnswerAsItSays(ShopReplica one, ShopReplica two)
            throws IOException {
        List<String> commands = Files.readString(Checkout.file("docs/SPRING.md"))
                .lines()
                .filter(line -> line.startsWith("curl "))
                .toList();
        assertThat(commands).hasSize(5);
        HostTool.require("curl");
        for (String command : commands) {
            String[] parts = command.replace("localhost:8081", one.address())
                    .replace("localhost:8082", two.address())
                    .split(" +# ", 2);
            await(command).atMost(LONG).until(() -> HostTool.run(folder, List.of("bash", "-c", parts[0]))
                    .expectSuccess()
                    .strip()
                    .equals(parts.length == 1 ? "" : parts[1]));
        }
    }

    private static long entries(ShopReplica replica) throws IOException {
        Matcher entries = Pattern.compile("\"entries\":(\\d+)").matcher(replica.get("/actuator/freshet/products"));
        return entries.find() ? Long.parseLong(entries.group(1)) : -1;
    }

    private static String jdbc(PostgresServer database) {
        return "--spring.datasource.url=" + database.uri();
    }

    private static String versionOf(String property) throws IOException {
        Matcher version = Pattern.compile("<" + Pattern.quote(property) + ">(.*)</")
                .matcher(Files.readString(Checkout.file("pom.xml")));
        assertThat(version.find()).as(property).isTrue();
        return version.group(1);
    }

    /** Builds the shop with a Boot, and returns its jar. */
    private static Path shop(String boot) throws IOException {
        HostTool.require("mvn")
                .run(
                        release.checkout().resolve("examples/shop"),
                        "-B",
                        "-Dmaven.repo.local=" + downloads(),
                        "-Dspring-boot.version=" + boot,
                        "-Dfreshet.test.redis=embedded",
                        "package")
                .expectSuccess();
        return Files.move(
                release.checkout().resolve("examples/shop/target/shop.jar"), folder.resolve("shop-" + boot + ".jar"));
    }

    /** Everything of others is kept where Maven keeps it, and loaded if it is missing; what is ours is not. */
    private static Path downloads() throws IOException {
        Path shared = Path.of(System.getProperty("user.home"), ".m2", "repository");
        Path repository = folder.resolve("repository-of-the-shop");
        if (Files.isDirectory(repository)) {
            return repository;
        }
        Path dev = Files.createDirectories(repository.resolve("dev"));
        linkAll(shared, repository);
        linkAll(shared.resolve("dev"), dev);
        return repository;
    }

    private static void linkAll(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> names = Files.list(from)) {
            for (Path name : names.map(Path::getFileName).toList()) {
                if (!name.toString().equals("freshet") && !Files.exists(to.resolve(name))) {
                    Files.createSymbolicLink(to.resolve(name), from.resolve(name));
                }
            }
        }
    }

    /** It ends at once, instead of trying again and again, and says what to do. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            jedis,    3.10.0, 5.2
            jedis,    4.4.8,  5.2
            jedis,    5.1.5,  5.2
            caffeine, 2.9.3,  3.1
            caffeine, 3.0.5,  3.1
            """)
    void aProjectWithALibraryThatIsTooOldEndsWithOneSentence(String library, String version, String needed)
            throws IOException {
        boolean isJedis = library.equals("jedis");
        Path libraries = libraries(isJedis ? version : "ours", isJedis ? "ours" : version, "none");

        assertThat(endOf(libraries))
                .contains("Exception in thread \"main\" dev.freshet.bus.UnsupportedLibraryException: Freshet needs ")
                .containsIgnoringCase(library + " " + needed + " or newer")
                .contains("but finds " + version + " in " + libraries.resolve(library + "-" + version + ".jar"));
    }

    @ParameterizedTest
    @CsvSource({"jedis, Jedis 5.2", "caffeine, Caffeine 3.1"})
    void aProjectWithoutALibraryEndsWithOneSentence(String library, String needed) throws IOException {
        Path libraries = libraries("ours", "ours", "none");
        remove(libraries, library);

        assertThat(endOf(libraries)).contains("Freshet needs " + needed, "there is none on the class path");
    }

    /** A jar that has lost what says its version, as it may where somebody put many into one. */
    @Test
    void aLibraryThatIsTooOldAndDoesNotSayItsVersionIsNamedToo() throws IOException {
        Path libraries = libraries("4.4.8", "ours", "none");
        Path jar = libraries.resolve("jedis-4.4.8.jar");
        try (FileSystem inside = FileSystems.newFileSystem(jar)) {
            Files.delete(inside.getPath("META-INF/maven/redis.clients/jedis/pom.properties"));
            Files.delete(inside.getPath("META-INF/MANIFEST.MF"));
        }

        assertThat(endOf(libraries)).contains("Freshet needs Jedis 5.2", "but finds unknown version in " + jar);
    }

    /** Returns the first lines that a replica writes when it ends by itself. */
    private static String endOf(Path libraries) throws IOException {
        Process process = new ProcessBuilder(
                        ChildProcess.java(), "-cp", libraries + "/*", "com.example.Users", redis.uri(), "nowhere")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.onExit())
                    .succeedsWithin(LONG)
                    .extracting(Process::exitValue)
                    .isEqualTo(1);
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            ChildProcess.end(process);
        }
    }

    /** Returns a folder with the project and what it needs, in these versions. */
    private static Path libraries(String jedis, String caffeine, String protobuf) throws IOException {
        Path libraries = Files.createTempDirectory(folder, "libraries-");
        Path target = release.checkout().resolve("modules/samples/java/target");
        try (Stream<Path> ours = Files.list(target.resolve("dependency"))) {
            for (Path jar : ours.toList()) {
                Path name = jar.getFileName();
                Files.copy(jar, libraries.resolve(name));
            }
        }
        Files.copy(target.resolve("users-1.0.0.jar"), libraries.resolve("users.jar"));
        replace(libraries, "jedis", jedis);
        replace(libraries, "caffeine", caffeine);
        if (!protobuf.equals("none")) {
            add(libraries, "protobuf-java", protobuf);
        }
        return libraries;
    }

    private static void replace(Path libraries, String artifact, String version) throws IOException {
        if (version.equals("ours")) {
            return;
        }
        remove(libraries, artifact);
        add(libraries, artifact, version);
    }

    private static void remove(Path libraries, String artifact) throws IOException {
        try (Stream<Path> jars = Files.list(libraries)) {
            Files.delete(jars.filter(jar -> jar.getFileName().toString().startsWith(artifact + "-"))
                    .findAny()
                    .orElseThrow());
        }
    }

    private static void add(Path libraries, String artifact, String version) throws IOException {
        String name = artifact + "-" + version + ".jar";
        Files.copy(Checkout.file("modules/e2e/target/others").resolve(name), libraries.resolve(name));
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
                        downloaded.toUri(), release.repository().toUri()));
    }

    /** A process of the project. */
    private static final class Replica implements AutoCloseable {
        private final Process process;
        private final Writer commands;
        private final BufferedReader answers;

        Replica(Path database, String... program) throws IOException {
            List<String> command = new ArrayList<>();
            command.add(ChildProcess.java());
            command.addAll(List.of(program));
            command.add(redis.uri());
            command.add(database.toString());
            process = new ProcessBuilder(command)
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

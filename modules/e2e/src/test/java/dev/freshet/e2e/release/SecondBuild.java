package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.HostTool.Finished;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two modules are built once more, elsewhere. The release that they are compared with had all that they have, and in one of them a method
 * more.
 */
abstract class SecondBuild {

    /** A class whose source has a place for a method at its end, and needs no library. */
    private static final String CLASS = "dev/freshet/schema/Limits";

    private static @Nullable Release again;
    private static @Nullable Finished build;

    private final Release release;
    private final Path folder;

    SecondBuild(Release release, Path folder) {
        this.release = release;
        this.folder = folder;
    }

    /** Whoever builds a tag gets the bytes that were released. */
    @ParameterizedTest
    @CsvSource({"shared, freshet-shared", "modules/testkit, freshet-testkit"})
    void theSameSourcesGiveTheSameBytes(String module, String artifact) throws IOException {
        build();
        Path built = again().checkout().resolve(module).resolve("target/released");
        String name = artifact + "-" + again().version();
        Map<String, String> endsByName = Map.of(
                name + ".jar",
                ".jar",
                name + "-sources.jar",
                "-sources.jar",
                name + "-javadoc.jar",
                "-javadoc.jar",
                "application.cdx.json",
                "-cyclonedx.json",
                ".flattened-pom.xml",
                ".pom");
        for (Map.Entry<String, String> file : endsByName.entrySet()) {
            assertThat(built.resolve(file.getKey())).hasSameBinaryContentAs(release.file(artifact, file.getValue()));
        }
    }

    @Test
    void aReleaseThatLacksAMethodIsRefusedAndOneThatHasAllIsNot() throws IOException {
        assertThat(build().exit()).isNotZero();
        assertThat(build().out())
                .contains(
                        "There is at least one incompatibility: dev.freshet.schema.Limits.wasThereBefore():METHOD_REMOVED")
                .containsPattern("Freshet :: shared \\.+ FAILURE")
                .containsPattern("Freshet :: modules/testkit \\.+ SUCCESS");
        assertThat(again().checkout().resolve("modules/testkit/target/released/japicmp/kept-api.diff"))
                .content()
                .contains("No changes.");
    }

    /** Builds once for all tests. */
    private Finished build() throws IOException {
        Finished done = build;
        if (done == null) {
            again = Release.checkedOut(folder.resolve("in/another/place"));
            done = again.maven(
                    "release",
                    List.of(),
                    "--fail-at-end",
                    "-Dfreshet.api.phase=verify",
                    "-Dfreshet.api.version=" + again.version(),
                    "-Dfreshet.api.baseline=" + baseline(),
                    "-pl",
                    "shared,modules/testkit",
                    "verify");
            build = done;
        }
        return done;
    }

    private static Release again() {
        Release built = again;
        if (built == null) {
            throw new IllegalStateException("not built yet");
        }
        return built;
    }

    /** Returns a Maven repository with what is released, and a method more. */
    private Path baseline() throws IOException {
        Path baseline = folder.resolve("baseline");
        for (String artifact : List.of("freshet-shared", "freshet-testkit")) {
            Path released = release.file(artifact, ".jar");
            Path jar = baseline.resolve(release.repository().relativize(released));
            Files.createDirectories(jar.resolveSibling("."));
            Files.copy(released, jar);
            if (artifact.equals("freshet-shared")) {
                replaceClass(jar);
            }
        }
        return baseline;
    }

    private void replaceClass(Path jar) throws IOException {
        String source = Files.readString(release.checkout().resolve("shared/src/main/java/" + CLASS + ".java"));
        Path changed = Files.writeString(
                folder.resolve("Limits.java"),
                source.substring(0, source.lastIndexOf('}')) + "public static int wasThereBefore() { return 1; } }");
        int exit = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), "-cp", jar.toString(), changed.toString());
        assertThat(exit).as("exit of the compiler").isZero();
        try (FileSystem inside = FileSystems.newFileSystem(jar)) {
            String name = CLASS + ".class";
            Files.copy(folder.resolve(name), inside.getPath(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}

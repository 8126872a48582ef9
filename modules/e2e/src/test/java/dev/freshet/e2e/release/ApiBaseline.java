package dev.freshet.e2e.release;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The release whose API the next one must keep, by the rules of RELEASING.md. */
final class ApiBaseline {

    private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\.(\\d+)\\.(\\d+)");

    private ApiBaseline() {}

    /**
     * Returns the newest tag before this version that has the same major number, and before 1.0 the same minor number too. Empty, if the
     * version is the first that begins with these numbers.
     *
     * @throws IllegalStateException if there is no such tag although the version is not the first
     */
    static Optional<String> tagBefore(String version, List<String> tags) {
        Numbers wanted = Numbers.of(version).orElseThrow();
        Optional<Numbers> before = tags.stream()
                .flatMap(tag -> Numbers.of(tag).stream())
                .filter(number -> number.isOfTheSameLineAs(wanted) && Numbers.ORDER.compare(number, wanted) < 0)
                .max(Numbers.ORDER);
        if (before.isEmpty() && !wanted.isFirst()) {
            throw new IllegalStateException(
                    "No tag says what the API was before " + version + ". Run `git fetch --tags`, and build again.");
        }
        return before.map(Numbers::tag);
    }

    /** Returns the tags of this checkout. */
    static List<String> tags() {
        return HostTool.require("git")
                .run(Checkout.root(), "tag", "--list", "v*")
                .expectSuccess()
                .lines()
                .toList();
    }

    /** Builds the jars of a tag as they were released, and returns the Maven repository that holds them. */
    static Path release(String tag, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path archive = folder.resolve("sources.tar");
        HostTool.require("git")
                .run(Checkout.root(), "archive", "--output=" + archive, tag)
                .expectSuccess();
        HostTool.require("tar").run(folder, "-xf", archive.toString()).expectSuccess();
        Release release = new Release(folder, tag.substring(1));
        release.maven(
                        "release",
                        List.of(),
                        "-Dmaven.javadoc.skip=true",
                        "-Dmaven.source.skip=true",
                        "-Dcyclonedx.skip=true",
                        "-pl",
                        Release.MODULES,
                        "-am",
                        "deploy")
                .expectSuccess();
        return release.repository();
    }

    /** A version's three numbers. */
    private record Numbers(int major, int minor, int patch) {

        static final Comparator<Numbers> ORDER = Comparator.comparingInt(Numbers::major)
                .thenComparingInt(Numbers::minor)
                .thenComparingInt(Numbers::patch);

        static Optional<Numbers> of(String text) {
            Matcher parts = VERSION.matcher(text);
            return parts.matches()
                    ? Optional.of(new Numbers(
                            Integer.parseInt(parts.group(1)),
                            Integer.parseInt(parts.group(2)),
                            Integer.parseInt(parts.group(3))))
                    : Optional.empty();
        }

        boolean isOfTheSameLineAs(Numbers other) {
            return major == other.major && (major > 0 || minor == other.minor);
        }

        boolean isFirst() {
            return patch == 0 && (major == 0 || minor == 0);
        }

        String tag() {
            return "v" + major + "." + minor + "." + patch;
        }
    }
}

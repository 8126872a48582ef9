package dev.freshet.e2e.github;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The workflows can do what they say: their commands, modules, profiles and files are there. Only GitHub can run them; what they
 * do is therefore a command that other tests run here.
 */
@Tag("pure")
class WorkflowsTest {

    /** An action by its commit, or a workflow of this repository. */
    private static final Pattern PINNED =
            Pattern.compile("[\\w.-]+/[\\w./-]+@[0-9a-f]{40}|\\./\\.github/workflows/[\\w-]+\\.yml");

    private static final Pattern SCRIPT = Pattern.compile("(?:^|[\\s(])(\\.ci/[\\w-]+|\\./freshet)(?=$|[\\s)])");
    private static final Pattern MODULES = Pattern.compile("-pl (\\S+)");
    private static final Pattern PROFILES = Pattern.compile("\\s-P(\\S+)");
    private static final Pattern JAR = Pattern.compile("(?:^|[\\s\"])([\\w/-]+)/target/(freshet-[\\w-]+)\\.jar");
    private static final Pattern IMAGE = Pattern.compile("docker build .* ([\\w/-]+)$", Pattern.MULTILINE);

    static List<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(Checkout.file(".github/workflows"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void whatRunsForAChangeIsWhatRunsHere() throws IOException {
        assertThat(Files.readString(Checkout.file(".github/workflows/ci.yml")))
                .contains("\n  push:\n", "\n  pull_request:\n", "\n  workflow_call:\n");
        assertThat(runs(read("ci"))).anyMatch(command -> command.endsWith(" .ci/run"));
    }

    @Test
    void theProfileNightlyRunsEachNight() throws IOException {
        assertThat(Files.readString(Checkout.file(".github/workflows/nightly.yml")))
                .containsPattern("schedule:\\s+- cron: \"\\d+ \\d+ \\* \\* \\*\"");
        assertThat(runs(read("nightly"))).anyMatch(command -> command.endsWith(" .ci/run nightly"));
        assertThat(Files.readString(Checkout.file(".ci/run"))).contains(" -Pnightly ");
        assertThat(Files.readString(Checkout.file("pom.xml"))).contains("<id>nightly</id>");
    }

    @Test
    void aTagIsPublishedOnlyAfterAllTests() {
        JsonObject release = read("release");
        JsonObject jobs = release.getAsJsonObject("jobs");

        // YAML 1.1 reads the key "on" as a truth.
        assertThat(release.getAsJsonObject("true").getAsJsonObject("push").get("tags"))
                .hasToString("[\"v*\"]");
        assertThat(jobs.getAsJsonObject("tests").get("uses").getAsString()).isEqualTo("./.github/workflows/ci.yml");
        assertThat(jobs.getAsJsonObject("publish").get("needs").getAsString()).isEqualTo("tests");
    }

    /** The command is the one that ReleaseIT runs and the page names, and what is collected is what it wrote. */
    @Test
    void theReleaseIsBuiltAsItsPageSays() throws IOException {
        List<String> runs = runs(read("release"));
        String page = Files.readString(Checkout.file("RELEASING.md"));

        Matcher modules = MODULES.matcher(page);
        assertThat(modules.find()).isTrue();
        assertThat(runs)
                .anyMatch(command -> command.startsWith("mvn -B -Prelease,signed ")
                        && command.endsWith(" " + modules.group() + " -am deploy"))
                .anyMatch(command -> command.equals(".ci/sign-files target/files"))
                .anyMatch(command -> command.contains(".ci/release-notes"));
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void itsCommandsAreThere(Path file) throws IOException {
        List<String> missing = new ArrayList<>();
        Set<String> profiles = matches("<id>([\\w-]+)</id>\\s*(?:<activation>|<properties>|<build>)", "pom.xml");
        Set<String> modules = matches("<module>(.*)</module>", "pom.xml");
        for (String command : runs(YamlDocuments.read(file))) {
            for (String script : all(SCRIPT, command)) {
                if (!Files.isExecutable(Checkout.file(script))) {
                    missing.add(script);
                }
            }
            for (String list : all(MODULES, command)) {
                missing.addAll(others(list, modules));
            }
            for (String list : all(PROFILES, command)) {
                missing.addAll(others(list, profiles));
            }
            Matcher jar = JAR.matcher(command);
            while (jar.find()) {
                Path pom = Checkout.file(jar.group(1) + "/pom.xml");
                if (!Files.exists(pom) || !Files.readString(pom).contains("<artifactId>" + jar.group(2) + "<")) {
                    missing.add(jar.group());
                }
            }
            for (String image : all(IMAGE, command)) {
                if (!Files.exists(Checkout.file(image + "/Dockerfile"))) {
                    missing.add(image + "/Dockerfile");
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void whatIsMissingWouldBeFound() {
        assertThat(all(SCRIPT, "a && .ci/run nightly\n(.ci/other)")).containsExactly(".ci/run", ".ci/other");
        assertThat(all(MODULES, "mvn -B -Pci -pl publisher,modules/cli -am package"))
                .containsExactly("publisher,modules/cli");
        assertThat(all(PROFILES, "mvn -B -Prelease,signed -pl a deploy")).containsExactly("release,signed");
        assertThat(others("a,b", Set.of("b"))).containsExactly("a");
        assertThat(all(JAR, "cp modules/cli/target/freshet-cli.jar \"target/files/\""))
                .containsExactly("modules/cli");
        assertThat(all(IMAGE, "docker build -t \"x:1\" publisher\ndocker build -t y subscriber"))
                .containsExactly("publisher", "subscriber");
        assertThat("actions/checkout@v4").doesNotMatch(PINNED);
    }

    /** What others wrote is named by its commit, and gets no right that it does not need. */
    @ParameterizedTest
    @MethodSource("workflows")
    void nothingOfOthersCanChangeUnseen(Path file) {
        JsonObject workflow = YamlDocuments.read(file);

        assertThat(uses(workflow)).allSatisfy(use -> assertThat(use).matches(PINNED));
        assertThat(workflow.has("permissions")).isTrue();
        assertThat(workflow.getAsJsonObject("permissions").get("contents").getAsString())
                .isEqualTo("read");
        for (JsonObject step : steps(workflow)) {
            if (text(step, "uses").startsWith("actions/checkout@")) {
                assertThat(step.getAsJsonObject("with")
                                .get("persist-credentials")
                                .getAsBoolean())
                        .isFalse();
            }
        }
    }

    /** What a stranger may name, such as a branch, is no part of a command's text. */
    @ParameterizedTest
    @MethodSource("workflows")
    void noExpressionStandsInACommand(Path file) {
        assertThat(runs(YamlDocuments.read(file))).noneMatch(command -> command.contains("${{"));
    }

    /** ReleaseIT needs them to know which API it must keep. */
    @ParameterizedTest
    @MethodSource("workflows")
    void whoeverRunsAllTestsHasTheTags(Path file) {
        JsonObject workflow = YamlDocuments.read(file);
        if (runs(workflow).stream().anyMatch(command -> command.contains(".ci/run"))) {
            assertThat(steps(workflow))
                    .filteredOn(step -> text(step, "uses").startsWith("actions/checkout@"))
                    .allSatisfy(step -> assertThat(step.getAsJsonObject("with")
                                    .get("fetch-depth")
                                    .getAsInt())
                            .isZero());
        }
    }

    private static JsonObject read(String workflow) {
        return YamlDocuments.read(Checkout.file(".github/workflows/" + workflow + ".yml"));
    }

    private static List<JsonObject> jobs(JsonObject workflow) {
        return workflow.getAsJsonObject("jobs").entrySet().stream()
                .map(Map.Entry::getValue)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    private static List<JsonObject> steps(JsonObject workflow) {
        List<JsonObject> steps = new ArrayList<>();
        for (JsonObject job : jobs(workflow)) {
            if (job.has("steps")) {
                job.getAsJsonArray("steps").forEach(step -> steps.add(step.getAsJsonObject()));
            }
        }
        return steps;
    }

    private static List<String> runs(JsonObject workflow) {
        return steps(workflow).stream()
                .filter(step -> step.has("run"))
                .map(step -> text(step, "run"))
                .toList();
    }

    private static List<String> uses(JsonObject workflow) {
        return Stream.concat(jobs(workflow).stream(), steps(workflow).stream())
                .filter(element -> element.has("uses"))
                .map(element -> text(element, "uses"))
                .toList();
    }

    private static String text(JsonObject element, String name) {
        return element.has(name) ? element.get(name).getAsString() : "";
    }

    private static List<String> others(String list, Set<String> known) {
        return Stream.of(list.split(",")).filter(name -> !known.contains(name)).toList();
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }

    private static Set<String> matches(String pattern, String file) throws IOException {
        return new TreeSet<>(all(Pattern.compile(pattern), Files.readString(Checkout.file(file))));
    }
}

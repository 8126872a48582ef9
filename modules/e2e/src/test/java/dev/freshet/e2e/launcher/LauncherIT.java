package dev.freshet.e2e.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.BareCheckout;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code ./freshet} answers without Java, Maven or a build, and what it asks Maven to build. */
class LauncherIT {

    private static final List<String> TOOLS = List.of(
            "awk",
            "bash",
            "cat",
            "dirname",
            "env",
            "find",
            "grep",
            "head",
            "mkdir",
            "readlink",
            "rm",
            "sed",
            "sh",
            "sleep",
            "tee");

    private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>(.*?)</artifactId>");
    private static final Pattern DEPENDENCY = Pattern.compile("(?s)<dependency>(.*?)</dependency>");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    static Stream<String> commands() throws IOException {
        List<String> commands = new ArrayList<>();
        try (Stream<Path> texts = Files.list(Checkout.file("modules/cli/help"))) {
            texts.map(text -> String.valueOf(text.getFileName()))
                    .filter(name -> name.startsWith("freshet-"))
                    .map(name -> name.replaceAll("freshet-|\\.txt", ""))
                    .forEach(commands::add);
        }
        assertThat(commands).contains("demo", "publish", "tail", "members", "explain", "doctor", "help");
        return commands.stream();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help"})
    void helpNeedsNeitherJavaNorABuild(String argument) throws IOException {
        assertThat(withoutJava(argument)).isEqualTo(new Finished(0, text("freshet"), ""));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpOfACommandNeedsNeitherJavaNorABuild(String command) throws IOException {
        Finished help = new Finished(0, text("freshet-" + command), "");

        assertThat(withoutJava(command, "--help")).isEqualTo(help);
        assertThat(withoutJava(command, "-h")).isEqualTo(help);
        assertThat(withoutJava("help", command)).isEqualTo(help);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "-V", "", "publish --help"})
    void whatItAnswersByItselfIsWhatTheCommandLineSays(String arguments) throws IOException {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        List<String> command = new ArrayList<>(List.of(ChildProcess.java(), "-jar"));
        command.add(Checkout.file("modules/cli/target/freshet-cli.jar").toString());
        command.addAll(List.of(words));

        assertThat(withoutJava(words)).isEqualTo(HostTool.run(folder, command));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"publish users --help", "publish --all", "no-such-command --help", "help ../freshet", "--help x"
            })
    void whatItDoesNotKnowIsLeftToTheCommandLine(String arguments) throws IOException {
        Finished finished = withoutJava(arguments.split(" "));

        assertThat(finished.exit()).isEqualTo(1);
        assertThat(finished.err()).startsWith("freshet: no java found");
    }

    @Test
    void aBuildIsAQuickOneInAFolderOfItsOwn() throws IOException {
        assertThat(askedOfMaven("demo"))
                .contains("-Dfreshet.quick", "publisher", "modules/demo")
                .endsWith(" package\n")
                .doesNotContain("debezium", "subscriber", "testkit", "-am");
    }

    @Test
    void theSubscriberIsBuiltForTheDemoThatRunsIt() throws IOException {
        assertThat(askedOfMaven("demo", "--replicas", "2", "--resp"))
                .contains("modules/resp,subscriber", "modules/demo")
                .doesNotContain("publisher");
    }

    /** Else Maven looks for the others in its repository, where a fresh clone has none. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "demo --resp", "publish users --all"})
    void aBuildMakesAllModulesThatItsModulesNeed(String arguments) throws IOException {
        Map<String, String> modules = modulesByArtifact();
        String asked = askedOfMaven(arguments.split(" "));
        List<String> made =
                List.of(asked.replaceAll("(?s).* -pl (\\S+) .*", "$1").split(","));

        Set<String> needed = new TreeSet<>();
        for (String module : made) {
            artifactsNeededBy(module).forEach(artifact -> needed.add(modules.get(artifact)));
        }

        assertThat(needed).contains("shared", "modules/bus");
        assertThat(made).containsAll(needed);
    }

    /** Runs the script with a Maven whose build fails, and whose last line has no end. */
    private String askedOfMaven(String... arguments) throws IOException {
        Path checkout = BareCheckout.withHelpOnly(folder);
        Path tools = tools();
        link(tools, "java", Path.of(ChildProcess.java()));
        writeScript(tools.resolve("mvn"), """
                #!/bin/sh
                case $1 in
                  -v) printf 'Apache Maven 3.9.0\\nJava version: 17.0.1, vendor: x\\n' ;;
                  *) printf '%s\\n' "$*" > asked; printf '\\033[0m'; exit 1 ;;
                esac
                """);

        Finished finished = run(tools, arguments);

        assertThat(finished.exit()).isEqualTo(1);
        assertThat(finished.err()).contains("the build failed");
        return Files.readString(checkout.resolve("asked"));
    }

    private static Map<String, String> modulesByArtifact() throws IOException {
        Map<String, String> modules = new HashMap<>();
        Matcher module = MODULE.matcher(Files.readString(Checkout.file("pom.xml")));
        while (module.find()) {
            Matcher artifact = ARTIFACT.matcher(pom(module.group(1)).replaceAll("(?s)<parent>.*</parent>", ""));
            assertThat(artifact.find()).isTrue();
            modules.put(artifact.group(1), module.group(1));
        }
        return modules;
    }

    /** Returns the artifacts of this repository that a module is compiled or run with. */
    private static Set<String> artifactsNeededBy(String module) throws IOException {
        Set<String> artifacts = new TreeSet<>();
        Matcher dependency = DEPENDENCY.matcher(pom(module));
        while (dependency.find()) {
            Matcher artifact = ARTIFACT.matcher(dependency.group(1));
            if (dependency.group(1).contains("<groupId>dev.freshet<")
                    && !dependency.group(1).contains("<scope>test<")
                    && artifact.find()) {
                artifacts.add(artifact.group(1));
            }
        }
        return artifacts;
    }

    private static String pom(String module) throws IOException {
        return Files.readString(Checkout.file(module + "/pom.xml"));
    }

    private static String text(String name) throws IOException {
        return Files.readString(Checkout.file("modules/cli/help/" + name + ".txt"));
    }

    private Finished withoutJava(String... arguments) throws IOException {
        BareCheckout.withHelpOnly(folder);
        Finished finished = run(tools(), arguments);
        assertThat(folder.resolve("target")).doesNotExist();
        return finished;
    }

    private Finished run(Path tools, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("env", "-i", "PATH=" + tools, folder.resolve("freshet").toString()));
        command.addAll(List.of(arguments));
        return HostTool.run(folder, command);
    }

    /** Returns a PATH that holds the programs that the script may use, and no Java. */
    private Path tools() throws IOException {
        Path tools = folder.resolve("tools");
        if (!Files.isDirectory(tools)) {
            Files.createDirectory(tools);
            for (String name : TOOLS) {
                link(tools, name, HostTool.require(name).program());
            }
        }
        return tools;
    }

    /** Writes a script that calls the program. JUnit would warn of a symbolic link when it deletes the folder. */
    private static void link(Path tools, String name, Path program) throws IOException {
        writeScript(tools.resolve(name), "#!/bin/sh\nexec '" + program + "' \"$@\"\n");
    }

    private static void writeScript(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}

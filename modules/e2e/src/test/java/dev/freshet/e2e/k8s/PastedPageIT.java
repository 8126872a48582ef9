package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import dev.freshet.e2e.readme.Commands;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pastes the commands of k8s/README.md in order into a shell that has no cluster. What would be applied is rendered and checked; what asks
 * about an object must find it there. A command of no known kind fails.
 */
@Tag("pure")
@SuppressWarnings("NullAway.Init") // set by JUnit
class PastedPageIT {

    private static final Pattern APPLIED = Pattern.compile("kubectl apply -k (\\S+)");
    private static final Pattern RENDERED = Pattern.compile("kubectl kustomize (\\S+) \\| (.*)", Pattern.DOTALL);
    private static final Pattern HELM = Pattern.compile(
            "helm (?:template|upgrade --install) (\\S+) (\\S+) --namespace (\\S+)(?: --values (\\S+))?(?: \\| (.*))?");
    private static final Pattern ASKED = Pattern.compile(
            "kubectl -n freshet (?:logs|exec|rollout \\w+)(?: -f)? (?:deploy|deployment)/(\\S+)(?: -c (\\S+))?.*",
            Pattern.DOTALL);
    private static final Pattern DEPENDENCIES = Pattern.compile("helm dependency update (\\S+)");

    /** Made by a build, with a Docker engine; other tests build the jars and the images. */
    private static final Pattern OF_IMAGES = Pattern.compile("(mvn|docker|kind) .*");

    /** What a shell does by itself, in this folder. */
    private static final Pattern OF_SHELL =
            Pattern.compile("(mkdir|openssl|echo|cat|\\.\\./freshet token) .*", Pattern.DOTALL);

    @TempDir
    private Path root;

    private Path folder;
    private List<Manifest> applied = List.of();
    private final List<String> images = new ArrayList<>();
    private final Map<String, Integer> done = new LinkedHashMap<>();

    @Test
    void every_command_of_the_page_does_what_it_says() throws IOException {
        HostTool.require("openssl");
        copy(Checkout.file("k8s"), root.resolve("k8s"));
        Files.createSymbolicLink(root.resolve("freshet"), Checkout.file("freshet"));
        folder = root;
        for (String command : Commands.of(Checkout.file("k8s/README.md"))) {
            if (!command.isBlank()) {
                done.merge(paste(command.strip()), 1, Integer::sum);
            }
        }

        assertThat(done).containsKeys("applied", "rendered", "asked", "charted", "in the shell");
        assertThat(images)
                .as("the sidecar is upgraded first, then the publisher")
                .containsSubsequence(
                        "freshet-publisher:0.1.0 freshet-subscriber:0.1.0",
                        "freshet-publisher:0.1.0 freshet-subscriber:next",
                        "freshet-publisher:next freshet-subscriber:next");
    }

    @Test
    void a_label_that_was_missed_is_an_error() throws IOException {
        copy(Checkout.file("k8s"), root.resolve("k8s"));
        Path products = root.resolve("k8s/overlays/example/products.yaml");
        Files.writeString(products, Files.readString(products).replace("    freshet.dev/inject: \"true\"\n", ""));

        HostTool.Finished check = HostTool.run(
                root,
                List.of(
                        "bash",
                        "-c",
                        "kubectl kustomize k8s/overlays/example | " + Checkout.file("freshet") + " manifests"));

        assertThat(check.exit()).isEqualTo(1);
        assertThat(check.out())
                .containsPattern(
                        "FAULT  sidecars: ConfigMap shop/freshet-subscriber-\\w+ configures sidecars, and no Pod mounts it")
                .contains("FAULT  sidecars: NetworkPolicy shop/freshet-subscriber selects no Pod");
    }

    /** Returns of which kind the command is. */
    private String paste(String command) throws IOException {
        Matcher applying = APPLIED.matcher(command);
        Matcher rendering = RENDERED.matcher(command);
        Matcher charting = HELM.matcher(command);
        Matcher asking = ASKED.matcher(command);
        Matcher depending = DEPENDENCIES.matcher(command);
        if (applying.matches()) {
            applied = Kustomization.render(folder.resolve(applying.group(1)).normalize());
            check(applied);
            return "applied";
        } else if (rendering.matches()) {
            bash(command);
            return "rendered";
        } else if (charting.matches()) {
            chart(charting);
            return "charted";
        } else if (depending.matches()) {
            new Helm(folder.resolve(depending.group(1))).dependency().update().call();
            return "depended";
        } else if (asking.matches()) {
            ask(asking.group(1), asking.group(2));
            return "asked";
        } else if (command.startsWith("kubectl") && command.contains(" create secret ")) {
            createSecret(command);
            return "created";
        } else if (command.startsWith("cd ")) {
            folder = folder.resolve(command.substring(3)).normalize();
            return "in the shell";
        } else if (OF_SHELL.matcher(command).matches()) {
            bash(command);
            return "in the shell";
        }
        assertThat(command).as("a command that this test can paste").matches(OF_IMAGES);
        return "of images";
    }

    private String bash(String command) {
        return HostTool.run(folder, List.of("bash", "-c", "set -o pipefail; " + command))
                .expectSuccess();
    }

    private void check(List<Manifest> manifests) {
        RenderedSet set = new RenderedSet(manifests);
        assertThat(set.faults()).isEmpty();
        manifests.forEach(
                m -> assertThat(StrictSchema.fault(m)).as(m.toString()).isEmpty());
        List<String> ours = Stream.of("freshet-publisher", "sample")
                .flatMap(name -> set.ofKind("Deployment").filter(m -> m.name().equals(name)))
                .flatMap(m -> PodRules.containers(m.podTemplate().orElseThrow().getAsJsonObject("spec")).stream())
                .map(container -> container.get("image").getAsString())
                .filter(image -> image.startsWith("freshet-"))
                .toList();
        images.add(String.join(" ", ours));
    }

    private void ask(String deployment, String container) {
        Manifest found = new RenderedSet(applied).one("Deployment", deployment);
        if (container != null) {
            assertThat(PodRules.containers(found.podTemplate().orElseThrow().getAsJsonObject("spec")))
                    .extracting(c -> c.get("name").getAsString())
                    .contains(container);
        }
    }

    /** A Secret is made without a cluster; files that only the reader has are made up. */
    private void createSecret(String command) throws IOException {
        Matcher file = Pattern.compile("--from-file=(?:\\w+=)?(\\S+)").matcher(command);
        while (file.find()) {
            Path path = folder.resolve(file.group(1));
            if (Files.notExists(path)) {
                Files.writeString(path, "made up\n");
            }
        }
        String dry = command.replace(" | kubectl apply -f -", "");
        bash(dry.contains("--dry-run=client") ? dry : dry + " --dry-run=client -o yaml");
    }

    private void chart(Matcher command) throws IOException {
        Chart chart = new Chart(folder.resolve(command.group(2)));
        String values = command.group(4) == null ? "{}" : Files.readString(folder.resolve(command.group(4)));
        String yaml = chart.template(command.group(1), command.group(3), values);
        for (Manifest manifest : Manifest.parse(yaml)) {
            assertThat(StrictSchema.fault(manifest)).as(manifest.toString()).isEmpty();
        }
        if (command.group(5) != null) {
            Files.writeString(folder.resolve("rendered.yaml"), yaml);
            bash("cat rendered.yaml | " + command.group(5));
        }
    }

    /** Copies a folder, with links as links. */
    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), LinkOption.NOFOLLOW_LINKS);
            }
        }
    }
}

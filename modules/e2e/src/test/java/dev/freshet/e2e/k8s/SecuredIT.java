package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.freshet.e2e.readme.Commands;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of "TLS and tokens" in k8s/README.md, and a publisher with their Secrets as the manifests mount them. */
@Tag("pure")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class SecuredIT {

    private static final String SECTION = "TLS and tokens";

    private Path folder;
    private final Map<String, JsonObject> secrets = new HashMap<>();
    private List<Manifest> manifests;
    private String publishing;

    @BeforeAll
    void paste_the_commands(@TempDir Path temporary) throws IOException {
        folder = temporary;
        HostTool.require("openssl");
        HostTool.require("curl");
        manifests = Kustomization.render(Checkout.file("k8s/overlays/secured"));
        Path work = Files.createDirectory(folder.resolve("secured"));
        for (String command : Commands.ofSection(Checkout.file("k8s/README.md"), SECTION)) {
            if (command.startsWith("kubectl -n freshet create secret") && !command.contains("|")) {
                JsonObject secret =
                        new Gson().fromJson(bash(work, command + " --dry-run=client -o json"), JsonObject.class);
                secrets.put(secret.getAsJsonObject("metadata").get("name").getAsString(), secret);
            } else if (command.contains("exec deploy/sample")) {
                publishing = command;
            } else if (command.startsWith("openssl")
                    || command.startsWith("echo")
                    || command.startsWith("../freshet")) {
                bash(
                        work,
                        command.replace("../freshet", Checkout.file("freshet").toString()));
            }
        }
    }

    private static String bash(Path folder, String command) {
        return HostTool.run(folder, List.of("bash", "-c", command)).expectSuccess();
    }

    /** Writes a Secret as the kubelet does. Returns the folder. */
    private Path mounted(String secret) throws IOException {
        Path mount = Files.createDirectories(folder.resolve("mounts").resolve(secret));
        for (Map.Entry<String, JsonElement> file : Objects.requireNonNull(secrets.get(secret), secret)
                .getAsJsonObject("data")
                .entrySet()) {
            Files.write(
                    mount.resolve(file.getKey()),
                    Base64.getDecoder().decode(file.getValue().getAsString()));
        }
        return mount;
    }

    /** Returns the variables of a container that name a file of a mounted Secret, with the file that it is here. */
    private Map<String, String> variablesOfThePublisher() throws IOException {
        JsonObject pod = new RenderedSet(manifests)
                .one("Deployment", "freshet-publisher")
                .podTemplate()
                .orElseThrow()
                .getAsJsonObject("spec");
        JsonObject container = Manifest.list(pod, "containers").get(0);
        Map<String, String> variables = new HashMap<>();
        for (JsonObject volume : Manifest.list(pod, "volumes")) {
            if (volume.has("secret")) {
                String at = Manifest.list(container, "volumeMounts").stream()
                        .filter(mount -> mount.get("name").equals(volume.get("name")))
                        .map(mount -> mount.get("mountPath").getAsString())
                        .findFirst()
                        .orElseThrow();
                Path here = mounted(
                        volume.getAsJsonObject("secret").get("secretName").getAsString());
                Manifest.list(container, "env").stream()
                        .filter(variable -> variable.has("value")
                                && variable.get("value").getAsString().startsWith(at + "/"))
                        .forEach(variable -> variables.put(
                                variable.get("name").getAsString(),
                                variable.get("value").getAsString().replace(at, here.toString())));
            }
        }
        return variables;
    }

    /** Runs what the page runs in the sample's Pod, at this port. */
    private String publish(int port, String token) throws IOException {
        Path mount = mounted("sample-publisher");
        Files.writeString(mount.resolve("token"), token);
        return bash(
                folder,
                publishing
                        .substring(publishing.indexOf("sh -c"))
                        .replace("/etc/publisher", mount.toString())
                        .replace("curl -s", "curl -s --connect-to freshet-publisher:8700:127.0.0.1:" + port));
    }

    @Test
    void the_sample_publishes_with_its_token_and_nobody_without() throws IOException {
        Map<String, String> variables = variablesOfThePublisher();
        assertThat(variables)
                .containsOnlyKeys("FRESHET_HTTP_TLS_CERTIFICATE", "FRESHET_HTTP_TLS_KEY", "FRESHET_HTTP_TOKENS_FILE");
        String token = Files.readString(mounted("sample-publisher").resolve("token"));
        try (RedisServer redis = RedisServer.started();
                ServiceProcess publisher =
                        ServiceProcess.start("publisher", folder, "publisher", "{}", redis.uri(), variables)) {
            publisher.awaitReady();

            assertThat(publish(publisher.port(), token)).contains("\"positions\":{\"users\":");
            assertThat(publish(publisher.port(), "stolen")).contains("token-unknown");
        }
    }
}

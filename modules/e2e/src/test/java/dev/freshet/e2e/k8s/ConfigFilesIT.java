package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The applications accept the configuration files in the ConfigMaps. */
@Tag("pure")
class ConfigFilesIT {

    @ParameterizedTest
    @MethodSource("dev.freshet.e2e.k8s.ManifestsTest#kustomizations")
    void the_applications_accept_every_config_map_that_is_for_them(String folder, @TempDir Path temporary)
            throws IOException {
        List<Manifest> manifests = Kustomization.render(Checkout.file("k8s").resolve(folder));
        boolean hasApplications = manifests.stream().anyMatch(m -> m.kind().equals("Deployment"));

        assertThat(check(manifests, temporary) > 0).isEqualTo(hasApplications);
    }

    @Test
    void the_applications_accept_what_the_chart_makes_of_values(@TempDir Path temporary) throws IOException {
        List<Manifest> manifests = Chart.example(temporary).render("""
                freshet:
                  publisher: {config: {log: {maximum-records: 7}}}
                  subscriber: {config: {startup-wait: 5s}}
                """);

        assertThat(check(manifests, temporary)).isEqualTo(2);
    }

    /** Returns how many files are for one of the applications. */
    private static int check(List<Manifest> manifests, Path temporary) throws IOException {
        int checked = 0;
        for (Manifest map :
                manifests.stream().filter(m -> m.kind().equals("ConfigMap")).toList()) {
            for (Map.Entry<String, JsonElement> file :
                    map.json().getAsJsonObject("data").entrySet()) {
                String application = file.getKey().replace(".yaml", "");
                if (List.of("publisher", "subscriber").contains(application)) {
                    HostTool.Finished check =
                            check(application, temporary, file.getValue().getAsString());
                    assertThat(check.exit())
                            .as("%s: %s%s", map, check.out(), check.err())
                            .isZero();
                    checked++;
                }
            }
        }
        return checked;
    }

    @Test
    void a_misspelt_setting_is_refused(@TempDir Path temporary) throws IOException {
        HostTool.Finished check = check("subscriber", temporary, "regions: {users: {maximum-entry: 5}}\n");

        assertThat(check.exit()).isEqualTo(2);
        assertThat(check.err()).contains("maximum-entry");
    }

    private static HostTool.Finished check(String application, Path folder, String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve(application + ".yaml"), yaml);
        List<String> command = new ArrayList<>(ServiceProcess.javaJar(application));
        command.addAll(List.of("--config", file.toString(), "--check-config"));
        return HostTool.run(folder, command);
    }
}

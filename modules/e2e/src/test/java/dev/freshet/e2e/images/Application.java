package dev.freshet.e2e.images;

import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.nio.file.Path;
import java.util.Locale;

/** What there is an image of, and the manifest that runs it. */
enum Application {
    PUBLISHER("k8s/base/deployment.yaml", "containers", "k8s/base/publisher.yaml", 8700, 8701),
    SUBSCRIBER(
            "k8s/components/subscriber-sidecar/sidecar.yaml",
            "initContainers",
            "k8s/components/subscriber-sidecar/subscriber.yaml",
            8710,
            8711);

    private final String manifest;
    private final String list;
    private final String configuration;
    private final int port;
    private final int managementPort;

    Application(String manifest, String list, String configuration, int port, int managementPort) {
        this.manifest = manifest;
        this.list = list;
        this.configuration = configuration;
        this.port = port;
        this.managementPort = managementPort;
    }

    /** Returns the folder of its module, which holds its Dockerfile. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the name of its jar without the ending, and of its image and its container. */
    String artifact() {
        return "freshet-" + folder();
    }

    Path jar() {
        return Checkout.jar(folder());
    }

    /** Returns the configuration that the manifest mounts. */
    Path configuration() {
        return Checkout.file(configuration);
    }

    int port() {
        return port;
    }

    int managementPort() {
        return managementPort;
    }

    PodContainer inThePod() {
        JsonObject pod = YamlDocuments.read(Checkout.file(manifest))
                .getAsJsonObject("spec")
                .getAsJsonObject("template")
                .getAsJsonObject("spec");
        return PodContainer.of(pod, list, artifact());
    }
}

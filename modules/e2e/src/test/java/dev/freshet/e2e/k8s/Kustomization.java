package dev.freshet.e2e.k8s;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Renders kustomizations with {@code kubectl kustomize}, as a user does. */
final class Kustomization {
    private static final Pattern KUSTOMIZE_VERSION = Pattern.compile("Kustomize Version: v(\\d+)\\.");

    private Kustomization() {}

    /** Returns the objects of a kustomization. Skips the test if kubectl is missing, or too old for components. */
    static List<Manifest> render(Path folder) {
        return Manifest.parse(kubectl().run(folder, "kustomize", ".").expectSuccess());
    }

    private static HostTool kubectl() {
        HostTool kubectl = HostTool.require("kubectl");
        String version = kubectl.run(Checkout.root(), "version", "--client").out();
        Matcher matcher = KUSTOMIZE_VERSION.matcher(version);
        boolean recent = matcher.find() && Integer.parseInt(matcher.group(1)) >= 5;
        assumeTrue(recent, "needs a kubectl with kustomize 5 or later; this one says: " + version.strip());
        return kubectl;
    }
}

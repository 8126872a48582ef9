package dev.freshet.e2e.k8s;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Renders with {@code kubectl kustomize}, the command that a user has. */
final class Kustomization {
    private static final Pattern KUSTOMIZE_VERSION = Pattern.compile("Kustomize Version: v(\\d+)\\.");

    private Kustomization() {}

    /** The objects of a kustomization. Skips the test where kubectl is missing or too old to know components well. */
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

package dev.freshet.e2e.k8s;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Renders kustomizations with {@code kubectl kustomize}, as a user does. */
final class Kustomization {
    private static final Pattern KUSTOMIZE_VERSION = Pattern.compile("Kustomize Version: v(\\d+)\\.");

    /** What was rendered of this repository, whose files no test changes. */
    private static final Map<Path, String> RENDERED = new ConcurrentHashMap<>();

    private static final AtomicReference<String> VERSION = new AtomicReference<>("");

    private Kustomization() {}

    /** Returns the objects of a kustomization. Skips the test if kubectl is missing, or too old for components. */
    static List<Manifest> render(Path folder) {
        HostTool kubectl = kubectl();
        return Manifest.parse(
                folder.startsWith(Checkout.file("k8s"))
                        ? RENDERED.computeIfAbsent(folder, unknown -> render(kubectl, unknown))
                        : render(kubectl, folder));
    }

    private static String render(HostTool kubectl, Path folder) {
        return kubectl.run(folder, "kustomize", ".").expectSuccess();
    }

    private static HostTool kubectl() {
        HostTool kubectl = HostTool.require("kubectl");
        String version = VERSION.updateAndGet(known -> known.isEmpty()
                ? kubectl.run(Checkout.root(), "version", "--client").out()
                : known);
        Matcher matcher = KUSTOMIZE_VERSION.matcher(version);
        boolean recent = matcher.find() && Integer.parseInt(matcher.group(1)) >= 5;
        assumeTrue(recent, "needs a kubectl with kustomize 5 or later; this one says: " + version.strip());
        return kubectl;
    }
}

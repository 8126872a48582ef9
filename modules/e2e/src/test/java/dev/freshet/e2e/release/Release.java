package dev.freshet.e2e.release;

import dev.freshet.e2e.tool.BareCheckout;
import dev.freshet.e2e.tool.HostTool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkout whose version is that of the next release, and the Maven repository that it is released into.
 *
 * @param checkout where it is built
 * @param version what is released; no snapshot
 */
record Release(Path checkout, String version) {

    /** What the pages tell Maven to release. */
    static final String MODULES = "modules/bom,modules/spring-boot-test,modules/testkit";

    /** The address of the sources, as the workflow that releases passes it. */
    static final String SOURCES = "https://git.example.com/freshet";

    /** Copies what a clone holds, and gives it the version as RELEASING.md says. */
    static Release checkedOut(Path folder) throws IOException {
        Path checkout = BareCheckout.withSources(folder);
        String developed = Pom.read(checkout.resolve("pom.xml")).text("version");
        String version = developed.replace("-SNAPSHOT", "");
        if (!developed.equals(version)) {
            HostTool.require("bash").run(checkout, ".ci/set-version", version).expectSuccess();
        }
        return new Release(checkout, version);
    }

    /** Runs Maven with the profile that releases, and waits. */
    HostTool.Finished maven(String profiles, List<String> environment, String... options) {
        List<String> command = new ArrayList<>();
        command.add("env");
        command.addAll(environment);
        command.add(HostTool.require("mvn").program().toString());
        command.addAll(List.of("-B", "-P" + profiles, "-Dfreshet.repository=" + SOURCES));
        command.addAll(List.of(options));
        return HostTool.run(checkout, command);
    }

    /** Returns the Maven repository that {@code deploy} writes. */
    Path repository() {
        return checkout.resolve("target/release");
    }

    /** Returns the folder in the repository that holds a folder for each artifact. */
    Path group() {
        return repository().resolve("dev/freshet");
    }

    /** Returns the released file of an artifact whose name ends like this after the version. */
    Path file(String artifact, String end) {
        return group().resolve(artifact).resolve(version).resolve(artifact + "-" + version + end);
    }
}

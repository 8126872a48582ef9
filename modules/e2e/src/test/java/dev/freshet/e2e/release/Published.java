package dev.freshet.e2e.release;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The modules whose POM says that they are published. */
final class Published {

    private Published() {}

    /** Returns the published modules' folders, in the order of the root POM. */
    static List<String> folders() throws IOException {
        List<String> folders = new ArrayList<>();
        for (String folder : Pom.read(Checkout.file("pom.xml")).texts("modules/module")) {
            if (pom(folder).text("properties/maven.deploy.skip").equals("false")) {
                folders.add(folder);
            }
        }
        return folders;
    }

    /** Returns the artifacts of all published modules. */
    static List<String> artifacts() throws IOException {
        List<String> artifacts = new ArrayList<>();
        for (String folder : folders()) {
            artifacts.add(pom(folder).text("artifactId"));
        }
        return artifacts;
    }

    /** Returns the artifacts that an application depends on: all but the bill of materials itself. */
    static List<String> libraries() throws IOException {
        List<String> libraries = new ArrayList<>();
        for (String folder : folders()) {
            if (!pom(folder).text("packaging").equals("pom")) {
                libraries.add(pom(folder).text("artifactId"));
            }
        }
        return libraries;
    }

    private static Pom pom(String folder) throws IOException {
        return Pom.read(Checkout.file(folder + "/pom.xml"));
    }
}

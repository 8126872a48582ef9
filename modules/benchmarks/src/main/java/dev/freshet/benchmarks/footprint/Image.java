package dev.freshet.benchmarks.footprint;

import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The content of the subscriber's image, built by the script that builds the image. */
final class Image {

    private final Path folder;

    private Image(Path folder) {
        this.folder = folder;
    }

    /** Builds the content with a JDK. Takes ten seconds. */
    static Image build(Path jdk) {
        try {
            Path folder = Files.createTempDirectory("freshet-image");
            Path jar = Checkout.builtJar("subscriber")
                    .orElseThrow(() -> new IllegalStateException(
                            "The subscriber's jar is missing. Build it: mvn -DskipTests -pl subscriber -am package"));
            Files.copy(jar, folder.resolve(jar.getFileName()));
            Image image = new Image(folder);
            Path script = Checkout.file("subscriber/image/build-runtime");
            Process process = new ProcessBuilder(
                            "sh",
                            script.toString(),
                            jdk.toString(),
                            folder.resolve("jre").toString(),
                            image.jar().toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(script + " failed; its output is on standard error");
            }
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Path jar() {
        return folder.resolve("freshet-subscriber.jar");
    }

    Path java() {
        return folder.resolve("jre/bin/java");
    }

    /** Returns all flags of the image. */
    List<String> flags() {
        List<String> flags = new ArrayList<>(LaunchFlags.subscriber());
        flags.add("-XX:SharedArchiveFile=" + folder.resolve("freshet-subscriber.jsa"));
        return flags;
    }

    /** Returns the path of another archive beside the image's. */
    Path archive(String name) {
        return folder.resolve(name);
    }
}

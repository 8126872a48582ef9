package dev.freshet.benchmarks.footprint;

import dev.freshet.benchmarks.process.Checkout;
import dev.freshet.benchmarks.process.LaunchFlags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the subscriber's image runs, made by the very script that makes the image. */
final class Image {

    private final Path folder;

    private Image(Path folder) {
        this.folder = folder;
    }

    /** Makes it with a JDK; takes ten seconds. */
    static Image build(Path jdk) {
        try {
            Path folder = Files.createTempDirectory("freshet-image");
            Path jar = Checkout.subscriberJar()
                    .orElseThrow(() ->
                            new IllegalStateException("build the subscriber first: mvn -pl subscriber -am package"));
            Files.copy(jar, folder.resolve(jar.getFileName()));
            Image image = new Image(folder);
            Path script = Checkout.root().resolve("subscriber/image/build-runtime");
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
                throw new IllegalStateException(script + " failed");
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

    /** All flags of the image. */
    List<String> flags() {
        List<String> flags = new ArrayList<>(LaunchFlags.subscriber());
        flags.add("-XX:SharedArchiveFile=" + folder.resolve("freshet-subscriber.jsa"));
        return flags;
    }

    /** Another archive than that of the image. */
    Path archive(String name) {
        return folder.resolve(name);
    }
}

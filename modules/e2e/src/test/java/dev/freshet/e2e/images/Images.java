package dev.freshet.e2e.images;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The images of this build, by both ways. */
final class Images {

    /** How an image is made. */
    enum Way {
        DOCKERFILE,
        JIB
    }

    private static final Pattern BASE = Pattern.compile("(?m)^ARG ([A-Z]+_IMAGE)=(\\S+)$");
    private static final Pattern LOADED = Pattern.compile("Loaded image: (\\S+)");

    private final Docker docker;

    Images(Docker docker) {
        this.docker = docker;
    }

    /** Returns the name of an image, which is made first. An engine makes it again only if something has changed. */
    String make(Application application, Way way) {
        return way == Way.DOCKERFILE ? build(application) : load(application);
    }

    private String build(Application application) {
        String image = application.artifact() + ":test";
        build(application, image, bases(application)).expectSuccess();
        return image;
    }

    Finished build(Application application, String image, List<String> bases) {
        return docker.build(Checkout.file(application.folder()), image, bases);
    }

    /**
     * Returns the images that an application's Dockerfile starts from, as build arguments: those of the Dockerfile, or what stands in for
     * them where none can be pulled ({@code .ci/make-java-images}).
     */
    List<String> bases(Application application) {
        String prefix = System.getProperty("freshet.image.prefix", "");
        List<String> bases = new ArrayList<>();
        for (MatchResult base : BASE.matcher(read(Checkout.file(application.folder() + "/Dockerfile")))
                .results()
                .toList()) {
            docker.requireImage(prefix + base.group(2));
            bases.add(base.group(1) + "=" + prefix + base.group(2));
        }
        return bases;
    }

    private String load(Application application) {
        Path tar = Checkout.file(application.folder() + "/target/jib-image.tar");
        assumeTrue(isOfThisBuild(tar, application.jar()), "needs " + tar + ", which the profile \"images\" builds");
        return LOADED.matcher(docker.run("load", "--input", tar.toString()))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }

    /** Another build may have left a tar that holds another jar. */
    private static boolean isOfThisBuild(Path tar, Path jar) {
        try {
            return Files.exists(tar) && Files.getLastModifiedTime(tar).compareTo(Files.getLastModifiedTime(jar)) >= 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.freshet.benchmarks.footprint;

import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The compared settings. Each differs from the image's only by what its name says. */
final class Variants {

    private Variants() {}

    static Variant shipped(Image image) {
        return new Variant(Footprint.SHIPPED, image.java().toString(), image.flags(), Map.of());
    }

    /** The image's settings, and a RESP port that nobody uses. */
    static Variant withRespPort(Image image) {
        return new Variant(
                Footprint.WITH_RESP_PORT,
                image.java().toString(),
                image.flags(),
                Map.of(),
                List.of(
                        "--set", "regions.copies.maximum-entries=20000",
                        "--set", "resp.port=" + LoopbackPorts.free(),
                        "--set", "resp.rules.copies.pattern=copies:*",
                        "--set", "resp.rules.copies.region=copies"));
    }

    static List<Variant> all(Image image, @Nullable Image newest, RedisProcess redis) throws IOException {
        String java = image.java().toString();
        List<Variant> variants = new ArrayList<>();
        variants.add(shipped(image));
        variants.add(withRespPort(image));
        String jdk = ChildProcess.java();
        variants.add(new Variant("the JDK, no flags at all", jdk, List.of(), Map.of()));
        variants.add(new Variant("without an archive of the application", java, LaunchFlags.subscriber(), Map.of()));
        variants.add(plus(image, "with both compilers", "-XX:TieredStopAtLevel=4"));
        variants.add(plus(image, "with G1", "-XX:-UseSerialGC", "-XX:+UseG1GC"));
        variants.add(plus(image, "with stacks of 256 KiB", "-Xss256k"));
        variants.add(plus(image, "Netty's allocator unpooled", "-Dio.netty.allocator.type=unpooled"));
        variants.add(new Variant("MALLOC_ARENA_MAX=1", java, image.flags(), Map.of("MALLOC_ARENA_MAX", "1")));
        if (newest != null) {
            variants.addAll(ofNewest(newest, redis));
        }
        return variants;
    }

    /** Returns the image's settings with a newer JDK, and settings that only a newer JDK has. */
    private static List<Variant> ofNewest(Image image, RedisProcess redis) throws IOException {
        return List.of(
                new Variant("a newer JDK", image.java().toString(), image.flags(), Map.of()),
                trained(
                        image,
                        redis,
                        "a newer JDK, an AOT cache instead of the archive",
                        "-XX:AOTCacheOutput=",
                        "-XX:AOTCache=",
                        List.of()),
                trained(
                        image,
                        redis,
                        "a newer JDK, an AOT cache, compact object headers",
                        "-XX:AOTCacheOutput=",
                        "-XX:AOTCache=",
                        List.of("-XX:+UseCompactObjectHeaders")));
    }

    private static Variant plus(Image image, String name, String... more) {
        List<String> flags = new ArrayList<>(image.flags());
        flags.addAll(List.of(more));
        return new Variant(name, image.java().toString(), flags, Map.of());
    }

    private static Variant trained(
            Image image, RedisProcess redis, String name, String write, String read, List<String> more)
            throws IOException {
        Path archive = image.archive("variant-" + more.size() + read.length());
        List<String> base = new ArrayList<>(LaunchFlags.subscriber());
        base.addAll(more);
        List<String> training = new ArrayList<>(base);
        training.add(write + archive);
        try (ServiceProcess subscriber = ServiceProcess.startReady(
                image.java(),
                training,
                Map.of(),
                image.jar(),
                List.of("--set", "regions.users.unleased-stores=accept", "--set", "regions.users.maximum-entries=1000"),
                redis.uri())) {
            Filling.fill(subscriber.uri(), "users", 100, Footprint.VALUE_BYTES);
        }
        if (!Files.isRegularFile(archive)) {
            throw new IOException("The training run wrote no archive for the setting: " + name);
        }
        base.add(read + archive);
        return new Variant(name, image.java().toString(), base, Map.of());
    }
}

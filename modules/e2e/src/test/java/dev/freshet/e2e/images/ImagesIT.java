package dev.freshet.e2e.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.freshet.e2e.images.Images.Way;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.MetricsPage;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Both images, made both ways, run as the manifests say, carry real traffic, and stop. */
@Tag("ci")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class ImagesIT {

    private static final String REGION = "default";
    private static final String ENTRY = "/v1/regions/" + REGION + "/entries/";
    private static final String CHANGES = "/v1/invalidations";
    private static final int KEYS = 100;
    private static final Duration LONG = Duration.ofMinutes(2);

    /** What Java itself prints about an archive, a flag or a library that it cannot use. */
    private static final Pattern WARNING_OF_JAVA =
            Pattern.compile("(?m)^(\\[.*]\\[(warning|error)|.* VM warning:|WARNING: ).*$");

    private static final Pattern SHELL_OR_TOOL =
            Pattern.compile("(.*/)?(sh|bash|dash|busybox|apt|apt-get|dpkg|javac|jlink|jar|jmods|.*\\.jmod)");

    private Docker docker;
    private Images images;

    @BeforeAll
    void findTheEngine() {
        docker = Docker.require();
        images = new Images(docker);
    }

    @Test
    void everySubscriberEvictsWhatThePublisherTakes_andBothDrain() throws IOException {
        assertTrafficAndDrain(Way.DOCKERFILE);
    }

    @Test
    @Tag("nightly")
    void soDoThoseThatJibMakes() throws IOException {
        assertTrafficAndDrain(Way.JIB);
    }

    private void assertTrafficAndDrain(Way way) throws IOException {
        String publisherImage = images.make(Application.PUBLISHER, way);
        String subscriberImage = images.make(Application.SUBSCRIBER, way);
        String redisImage = System.getProperty("redis.image", "redis:8");
        docker.requireImage(redisImage);
        try (Network network = Network.create(docker);
                Container redis = network.redis(redisImage);
                Container publisher = network.start(Application.PUBLISHER, publisherImage);
                Container first = network.start(Application.SUBSCRIBER, subscriberImage);
                Container second = network.start(Application.SUBSCRIBER, subscriberImage)) {
            awaitProbes(publisher, Application.PUBLISHER);
            awaitProbes(first, Application.SUBSCRIBER);
            awaitProbes(second, Application.SUBSCRIBER);
            assertThat(redis.inspect("{{.State.Running}}")).isEqualTo("true");

            carryTraffic(publisher, List.of(first, second));

            stopDuringAStore(second);
            await().untilAsserted(() -> assertThat(publisher
                            .get(Application.PUBLISHER.port(), "/v1/regions/" + REGION)
                            .body())
                    .contains("\"members\":1,"));
            stopDuringAPublish(publisher, first);
            assertThat(stop(first, Application.SUBSCRIBER)).succeedsWithin(LONG).isEqualTo(0);
            for (Container container : List.of(publisher, first, second)) {
                assertThat(container.log())
                        .contains(" has stopped")
                        .doesNotContain(" did not stop")
                        .doesNotContainPattern(WARNING_OF_JAVA);
            }
        }
    }

    private static void awaitProbes(Container container, Application application) {
        application.inThePod().probes().forEach(path -> container.awaitOk(application.managementPort(), path));
    }

    /** Stores keys in all subscribers, publishes that they changed, and finds them nowhere: one key at a time, then all together. */
    private static void carryTraffic(Container publisher, List<Container> subscribers) {
        for (int key = 0; key < KEYS; key++) {
            store(subscribers, "one-" + key);
            publish(publisher, List.of("one-" + key));
            requireEvicted(subscribers, "one-" + key);
        }
        List<String> keys =
                IntStream.range(0, KEYS).mapToObj(key -> "all-" + key).toList();
        keys.forEach(key -> store(subscribers, key));
        publish(publisher, keys);
        keys.forEach(key -> requireEvicted(subscribers, key));

        assertThat(metrics(publisher, Application.PUBLISHER).sum("freshet_invalidations_total"))
                .isEqualTo(KEYS + 1);
        for (Container subscriber : subscribers) {
            MetricsPage metrics = metrics(subscriber, Application.SUBSCRIBER);
            assertThat(metrics.sum("freshet_evictions_total", "region=\"" + REGION + "\""))
                    .isEqualTo(2 * KEYS);
            assertThat(metrics.sum("freshet_stale_window_seconds_count", "stage=\"total\""))
                    .isPositive();
            assertThat(metrics.sum("jvm_memory_max_bytes", "area=\"heap\""))
                    .as("the heap follows the manifest's limit")
                    .isLessThan((double) Application.SUBSCRIBER.inThePod().memoryLimitBytes());
        }
    }

    private static MetricsPage metrics(Container container, Application application) {
        return MetricsPage.parse(
                container.get(application.managementPort(), "/metrics").body());
    }

    private static void store(List<Container> subscribers, String key) {
        for (Container subscriber : subscribers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            subscriber.at(Application.SUBSCRIBER.port(), ENTRY + key))
                    .header("Lease", miss(subscriber, key))
                    .PUT(BodyPublishers.ofString("value of " + key));
            assertThat(Container.send(request).statusCode()).isEqualTo(204);
            HttpResponse<String> hit = subscriber.get(Application.SUBSCRIBER.port(), ENTRY + key);
            assertThat(hit.body()).isEqualTo("value of " + key);
            assertThat(hit.headers().firstValue("Freshet-State")).contains("confirmed");
        }
    }

    /** Returns the lease. */
    private static String miss(Container subscriber, String key) {
        HttpResponse<String> miss = subscriber.get(Application.SUBSCRIBER.port(), ENTRY + key);
        assertThat(miss.statusCode()).as(key).isEqualTo(404);
        return miss.headers().firstValue("Lease").orElseThrow();
    }

    private static void requireEvicted(List<Container> subscribers, String key) {
        subscribers.forEach(subscriber -> miss(subscriber, key));
    }

    private static String change(List<String> keys) {
        return "{\"region\":\"" + REGION + "\",\"keys\":[\"" + String.join("\",\"", keys) + "\"]}";
    }

    private static void publish(Container publisher, List<String> keys) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        publisher.at(Application.PUBLISHER.port(), CHANGES + "?await=applied&timeout=30s"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(change(keys)));
        HttpResponse<String> answer = Container.send(request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"applied\":2");
    }

    private static CompletableFuture<Integer> stop(Container container, Application application) {
        return container.stop(application.inThePod().graceSeconds());
    }

    private static void stopDuringAStore(Container subscriber) throws IOException {
        String headers = "Lease: " + miss(subscriber, "last") + "\r\n";
        stopDuring(subscriber, Application.SUBSCRIBER, "PUT", ENTRY + "last", headers, "value", 204);
    }

    private static void stopDuringAPublish(Container publisher, Container subscriber) throws IOException {
        store(List.of(subscriber), "last");
        String headers = "Content-Type: application/json\r\n";
        stopDuring(publisher, Application.PUBLISHER, "POST", CHANGES, headers, change(List.of("last")), 200);
        await().untilAsserted(() -> miss(subscriber, "last"));
    }

    /** A request that the application has begun when it must stop gets its answer, and the process ends by itself in its grace period. */
    private static void stopDuring(
            Container container,
            Application application,
            String method,
            String path,
            String headers,
            String body,
            int status)
            throws IOException {
        try (HalfSent request = HalfSent.begin(method, container.at(application.port(), path), headers, body)) {
            CompletableFuture<Integer> exit = stop(container, application);
            container.awaitLogged(" is stopping");
            assertThat(request.finish()).isEqualTo(status);
            assertThat(exit).succeedsWithin(LONG).isEqualTo(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theManifestAndTheImageAgreeOnWhoRunsIt(Application application) throws IOException {
        PodContainer inThePod = application.inThePod();
        assertThat(inThePod.options(application.configuration()))
                .contains("--read-only", "no-new-privileges", "ALL", "10001:10001");

        for (Way way : Way.values()) {
            String image = images.make(application, way);
            assertThat(docker.run("image", "inspect", "--format", "{{.Config.User}}", image))
                    .isEqualTo(inThePod.user());
            assertThat(docker.run("image", "inspect", "--format", "{{json .Config.ExposedPorts}}", image))
                    .contains("\"" + application.port() + "/tcp\"", "\"" + application.managementPort() + "/tcp\"");
            assertThat(docker.run("image", "inspect", "--format", "{{json .Config.Entrypoint}}", image))
                    .contains("\"@/app/image/jvm.options\"", "\"/app/" + application.artifact() + ".jar\"");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatTheDockerfileMakesHasNoShellAndNoTools(Application application) {
        String image = images.make(application, Way.DOCKERFILE);

        assertThat(files(image))
                .contains("opt/jre/bin/java", "app/" + application.artifact() + ".jar")
                .noneMatch(file -> SHELL_OR_TOOL.matcher(file).matches());
    }

    private List<String> files(String image) {
        String id = docker.run("create", image);
        try {
            return HostTool.run(Checkout.root(), List.of("bash", "-c", "docker export " + id + " | tar -t"))
                    .expectSuccess()
                    .lines()
                    .toList();
        } finally {
            docker.run("rm", id);
        }
    }

    @ParameterizedTest
    @CsvSource({"PUBLISHER, DOCKERFILE", "SUBSCRIBER, DOCKERFILE", "PUBLISHER, JIB", "SUBSCRIBER, JIB"})
    void itsJarIsTheOneThatListsWhatItContains(Application application, Way way, @TempDir Path folder)
            throws IOException {
        String id = docker.run("create", images.make(application, way));
        try {
            Path jar = folder.resolve("the.jar");
            docker.run("cp", id + ":/app/" + application.artifact() + ".jar", jar.toString());
            assertThat(jar).hasSameBinaryContentAs(application.jar());
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                assertThat(zip.getEntry("META-INF/sbom/application.cdx.json")).isNotNull();
            }
        } finally {
            docker.run("rm", id);
        }
    }

    /** The release publishes these lists; {@code .ci/image-sbom} writes them. */
    @ParameterizedTest
    @CsvSource({"PUBLISHER, DOCKERFILE", "SUBSCRIBER, DOCKERFILE", "PUBLISHER, JIB", "SUBSCRIBER, JIB"})
    void theListOfAnImageHasItsPackagesItsJavaAndItsJar(Application application, Way way) {
        String image = images.make(application, way);
        String listed = HostTool.run(
                        Checkout.root(),
                        List.of("bash", "-c", "set -o pipefail; docker save " + image + " | .ci/image-sbom"))
                .expectSuccess();

        JsonObject list = JsonParser.parseString(listed).getAsJsonObject();
        JsonObject subject = list.getAsJsonObject("metadata").getAsJsonObject("component");
        assertThat(list.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
        assertThat(subject.get("type").getAsString()).isEqualTo("container");
        assertThat(image)
                .isEqualTo(subject.get("name").getAsString() + ":"
                        + subject.get("version").getAsString());
        assertThat(docker.run("image", "inspect", "--format", "{{.Id}}", image))
                .endsWith(subject.getAsJsonArray("hashes")
                        .get(0)
                        .getAsJsonObject()
                        .get("content")
                        .getAsString());
        assertThat(names(list)).contains("libc6", "zlib1g", "java", application.artifact());
        JsonObject jar = components(list)
                .filter(component -> component.get("name").getAsString().equals(application.artifact()))
                .findFirst()
                .orElseThrow();
        assertThat(names(jar)).contains("vertx-core", "jedis", "netty-codec-http");
    }

    private static List<String> names(JsonObject list) {
        return components(list)
                .map(component -> component.get("name").getAsString())
                .toList();
    }

    private static Stream<JsonObject> components(JsonObject list) {
        return list.getAsJsonArray("components").asList().stream().map(JsonElement::getAsJsonObject);
    }

    /** With libc alone Java does not start. Without a last step that starts it, only the first Pod would find that out. */
    @Tag("nightly")
    @ParameterizedTest
    @EnumSource
    void aLibraryThatTheRuntimeImageLacksFailsTheBuild(Application application, @TempDir Path folder)
            throws IOException {
        List<String> bases = new ArrayList<>(images.bases(application));
        String complete = bases.stream()
                .filter(base -> base.startsWith("RUNTIME_IMAGE="))
                .map(base -> base.substring(base.indexOf('=') + 1))
                .findFirst()
                .orElseThrow();
        Files.writeString(folder.resolve("Dockerfile"), """
                FROM %s AS complete
                FROM scratch
                COPY --from=complete /lib64/ld-linux-x86-64.so.2 /lib64/
                COPY --from=complete /lib/x86_64-linux-gnu/libc.so.6 /lib/x86_64-linux-gnu/
                """.formatted(complete));
        docker.build(folder, "freshet-libc:test", List.of()).expectSuccess();
        bases.removeIf(base -> base.startsWith("RUNTIME_IMAGE="));
        bases.add("RUNTIME_IMAGE=freshet-libc:test");

        Finished build = images.build(application, "freshet-incomplete:test", bases);

        assertThat(build.exit()).isNotZero();
        assertThat(build.out() + build.err()).contains("error while loading shared libraries: lib");
    }
}

package dev.freshet.e2e.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TransferQueue;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks which classes may know which, over the compiled classes of every module. The classes are read from the modules' folders,
 * so that they are not on the class path of the end-to-end tests.
 */
@Tag("pure")
class HouseRulesTest {

    /** The door for Java applications. Its package is {@code dev.freshet} itself. */
    private static final String CLIENT = "client";

    /** Its naive replica does without Freshet what tutorials do, so it knows Jedis and Caffeine. */
    private static final String DEMO = "demo";

    /** Each module: its folder, its package below {@code dev.freshet}, and the packages of other modules that it may know. */
    private static final List<Module> MODULES = List.of(
            new Module("shared", "schema", Set.of()),
            new Module("modules/bus", "bus", Set.of("schema")),
            new Module("modules/cache", "cache", Set.of("schema", "bus")),
            new Module("modules/client", CLIENT, Set.of("schema", "bus", "cache")),
            new Module("modules/micrometer", "micrometer", Set.of("schema", "bus", "cache", CLIENT)),
            new Module("modules/tracing", "tracing", Set.of("schema", "bus", CLIENT)),
            new Module("modules/spring", "spring", Set.of("schema", "bus", "cache", CLIENT)),
            new Module(
                    "modules/spring-boot-starter",
                    "spring.boot",
                    Set.of("schema", "bus", "cache", CLIENT, "micrometer", "tracing", "spring")),
            new Module(
                    "modules/spring-boot-test",
                    "spring.boot.test",
                    Set.of("schema", "bus", "cache", CLIENT, "spring", "spring.boot", "testkit")),
            new Module("modules/service", "service", Set.of("schema", "bus")),
            new Module("modules/sources", "sources", Set.of("schema", "bus", "service")),
            new Module("modules/audit", "audit", Set.of("schema", "bus", "sources")),
            new Module(
                    "publisher",
                    "publisher",
                    Set.of("schema", "bus", "micrometer", "tracing", "service", "sources", "audit")),
            new Module("modules/resp", "resp", Set.of("schema", "bus", "cache", "service")),
            new Module(
                    "subscriber",
                    "subscriber",
                    Set.of("schema", "bus", "cache", "micrometer", "tracing", "service", "resp")),
            new Module("modules/cli", "cli", Set.of("schema", "bus", "service", "sources", "audit")),
            new Module("modules/demo", DEMO, Set.of("schema", "bus", "cache", CLIENT)),
            new Module("modules/sources-debezium", "sources.debezium", Set.of("schema", "bus", "sources")),
            new Module("modules/testkit", "testkit", Set.of()),
            new Module(
                    "modules/benchmarks",
                    "benchmarks",
                    Set.of(
                            "schema",
                            "bus",
                            "cache",
                            CLIENT,
                            "spring",
                            "service",
                            "sources",
                            "testkit",
                            "publisher",
                            "resp",
                            "subscriber")));

    /** Packages of a module in the order of the line. Each may know only those before it. */
    private static final Map<String, List<String>> STATIONS = Map.of(
            "publisher", List.of("configuration", "change", "metrics", "http", "console"),
            "subscriber", List.of("configuration", "region", "http"),
            "resp", List.of("protocol", "commands", "local", "upstream", "tracking", "client", "server"));

    /** Modules whose root package calls its internals in factory methods. Their own architecture tests allow only these calls. */
    private static final Set<String> ROOT_IS_A_FACADE = Set.of("bus", "cache");

    private static final String BENCHMARKS = "benchmarks";

    private static final Map<String, JavaClasses> CLASSES = MODULES.stream()
            .collect(Collectors.toUnmodifiableMap(Module::name, module -> importFrom(module, "target/classes")));

    private static final Map<String, JavaClasses> TEST_CLASSES = MODULES.stream()
            .collect(Collectors.toUnmodifiableMap(Module::name, module -> importFrom(module, "target/test-classes")));

    private record Module(String folder, String name, Set<String> mayKnow) {}

    private static JavaClasses importFrom(Module module, String folder) {
        Path path = Checkout.file(module.folder()).resolve(folder);
        return Files.isDirectory(path)
                ? new ClassFileImporter().importPath(path)
                : new ClassFileImporter().importPaths(List.of());
    }

    static Stream<String> modules() {
        return CLASSES.keySet().stream().sorted();
    }

    static Stream<Arguments> boundaries() {
        return MODULES.stream().flatMap(module -> MODULES.stream()
                .map(Module::name)
                .filter(other ->
                        !other.equals(module.name()) && !module.mayKnow().contains(other))
                .map(other -> Arguments.of(module.name(), other)));
    }

    @Test
    void theModulesThatTheRulesAreAboutWereReallyRead() {
        CLASSES.forEach((name, classes) -> assertThat(
                        classes.stream().filter(type -> type.getPackageName().startsWith(rootOf(name))))
                .as("classes of %s", name)
                .hasSizeGreaterThan(1));
    }

    @Test
    void everyModuleOfTheBuildStandsUnderTheRules() throws IOException {
        Set<String> ofTheBuild = new TreeSet<>();
        Matcher module =
                Pattern.compile("<module>([^<]+)</module>").matcher(Files.readString(Checkout.file("pom.xml")));
        while (module.find()) {
            ofTheBuild.add(module.group(1));
        }
        // These hold only tests (the simulation of modules/proofs replaces the bus's sockets and threads, so it drives
        // the stations
        // directly), and the list of versions no classes at all.
        List<String> withoutClasses = List.of("modules/e2e", "modules/proofs", "modules/bom");
        assertThat(ofTheBuild).isNotEmpty().containsAll(withoutClasses);
        ofTheBuild.removeAll(withoutClasses);
        assertThat(MODULES.stream().map(Module::folder)).containsExactlyInAnyOrderElementsOf(ofTheBuild);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void nobodyOutsideAModuleUsesItsInternals(String module) {
        ArchRule rule = mayNotKnow(internalsOfOthers(module));
        rule.check(classesOf(module));
        rule.check(TEST_CLASSES.getOrDefault(module, new ClassFileImporter().importPaths(List.of())));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void packagesOfAModuleFormNoCycle(String module) {
        if (!ROOT_IS_A_FACADE.contains(module)) {
            noCycles(module).check(classesOf(module));
        }
    }

    static Stream<Arguments> stations() {
        return STATIONS.entrySet().stream()
                .flatMap(line -> IntStream.range(0, line.getValue().size())
                        .mapToObj(at -> Arguments.of(
                                line.getKey(),
                                line.getValue().get(at),
                                line.getValue().subList(at + 1, line.getValue().size()))));
    }

    @ParameterizedTest(name = "{0}: {1} knows none of {2}")
    @MethodSource("stations")
    void aStationKnowsOnlyWhatIsBeforeIt(String module, String station, List<String> later) {
        String line = "dev.freshet." + module;
        assertThat(classesOf(module).stream().map(JavaClass::getPackageName)).contains(line + "." + station);
        noClasses()
                .that()
                .resideInAPackage(line + "." + station + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        Stream.concat(Stream.of(line), later.stream().map(name -> line + "." + name + ".."))
                                .toArray(String[]::new))
                .check(classesOf(module));
    }

    @ParameterizedTest(name = "{0} does not know {1}")
    @MethodSource("boundaries")
    void aModuleKnowsOnlyTheModulesBelowIt(String module, String other) {
        mayNotKnow(other.equals(CLIENT) ? rootOf(other) : rootOf(other) + "..").check(classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void nobodyKnowsTheBenchmarksAndTheEndToEndTests(String module) {
        mayNotKnow("dev.freshet.e2e..").check(classesOf(module));
        if (!module.equals(BENCHMARKS)) {
            mayNotKnow("dev.freshet.benchmarks..").check(classesOf(module));
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void onlyTheBusKnowsJedis(String module) {
        if (!Set.of("bus", BENCHMARKS, DEMO).contains(module)) {
            mayNotKnow("redis.clients..").check(classesOf(module));
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void onlyTheCacheKnowsCaffeine(String module) {
        if (!Set.of("cache", BENCHMARKS, DEMO).contains(module)) {
            mayNotKnow("com.github.benmanes.caffeine..").check(classesOf(module));
        }
    }

    /** It runs beside a sidecar, as any application with a Redis client could. */
    @Test
    void thePlainApplicationOfTheDemoKnowsNothingOfFreshet() {
        noClasses()
                .that()
                .haveNameMatching("dev\\.freshet\\.demo\\.app\\.(Plain|Redis|Uncached|User|Naive|Cached).*")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("dev\\.freshet\\.(?!demo\\.app\\.).*|.*\\.(FreshetUsers|AppliedChanges)")
                .check(classesOf(DEMO));
    }

    @Test
    void whatAnApplicationEmbedsKnowsNeitherVertxNorAMetricsLibrary() {
        for (String module : List.of("schema", "bus", "cache", CLIENT, "sources")) {
            mayNotKnow("io.vertx..", "io.micrometer..", "io.prometheus..").check(classesOf(module));
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void nobodyWaitsInThePoolThatTheWholeProcessShares(String module) {
        noClasses().should().callMethodWhere(isOfTheCommonPool()).check(classesOf(module));
        noClasses()
                .should()
                .callMethodWhere(isAsynchronousWithoutExecutor())
                .allowEmptyShould(true)
                .check(TEST_CLASSES.getOrDefault(module, new ClassFileImporter().importPaths(List.of())));
    }

    /** Before Java 21 a thread that waits in it for a limited time can keep a processor busy until the next element comes (JDK-8301341). */
    @ParameterizedTest
    @MethodSource("modules")
    void nobodyWaitsInAQueueThatSpins(String module) {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(TransferQueue.class)
                .check(classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void packagesAreNamedForWhatTheyDo(String module) {
        assertThat(packagesCalled(classesOf(module), Set.of("util", "utils", "common", "impl", "helper", "helpers")))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModulesClassesAreInItsOwnPackage(String module) {
        assertThat(classesOf(module).stream().map(JavaClass::getPackageName))
                .allMatch(name -> module.equals(CLIENT)
                        ? name.equals(rootOf(module))
                        : (name + ".").startsWith(rootOf(module) + "."));
    }

    @Test
    void theRulesWouldCatchAViolation() {
        // Each rule, applied to a module that breaks it.
        assertCaught(mayNotKnow("dev.freshet.schema.."), "bus");
        assertCaught(mayNotKnow("dev.freshet.cache.."), "subscriber");
        assertCaught(mayNotKnow("dev.freshet"), CLIENT);
        assertCaught(mayNotKnow("redis.clients.."), "bus");
        assertCaught(mayNotKnow("com.github.benmanes.caffeine.."), "cache");
        assertCaught(mayNotKnow("io.vertx.."), "subscriber");
        assertCaught(mayNotKnow("io.micrometer.."), "subscriber");
        assertCaught(mayNotKnow("dev.freshet.bus.internal.."), "bus");
        assertCaught(noCycles("bus"), "bus");
        assertThatThrownBy(() -> noClasses()
                        .should()
                        .callMethodWhere(isAsynchronousWithoutExecutor())
                        .check(new ClassFileImporter().importClasses(InTheCommonPool.class)))
                .isInstanceOf(AssertionError.class);
        assertThat(internalsOfOthers("cache")).contains("dev.freshet.bus..internal..");
        assertThat(packagesCalled(classesOf("subscriber"), Set.of("http")))
                .containsExactly("dev.freshet.subscriber.http");
    }

    private static final class InTheCommonPool implements Supplier<CompletableFuture<Boolean>> {
        @Override
        public CompletableFuture<Boolean> get() {
            return CompletableFuture.supplyAsync(() -> true);
        }
    }

    private static void assertCaught(ArchRule rule, String violator) {
        assertThatThrownBy(() -> rule.check(classesOf(violator)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Architecture Violation");
    }

    /** The package that holds a module's classes. */
    private static String rootOf(String module) {
        return module.equals(CLIENT) ? "dev.freshet" : "dev.freshet." + module;
    }

    private static String[] internalsOfOthers(String module) {
        return MODULES.stream()
                .map(Module::name)
                .filter(other -> !other.equals(module) && !module.startsWith(other + "."))
                .map(other -> "dev.freshet." + other + "..internal..")
                .toArray(String[]::new);
    }

    private static ArchRule noCycles(String module) {
        return slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return SliceIdentifier.of(type.getPackageName());
                    }

                    @Override
                    public String getDescription() {
                        return "packages of " + module;
                    }
                })
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaMethodCall> isOfTheCommonPool() {
        return isAsynchronousWithoutExecutor()
                .or(DescribedPredicate.describe(
                        "uses the common pool",
                        call -> Set.of("commonPool", "parallelStream", "parallel")
                                        .contains(call.getName())
                                // Reactor's own threads, which refuse to wait.
                                && !call.getTargetOwner().getName().equals("reactor.core.scheduler.Schedulers")));
    }

    /** Runs in the common pool: on a machine of two cores it has one thread. */
    private static DescribedPredicate<JavaMethodCall> isAsynchronousWithoutExecutor() {
        return DescribedPredicate.describe(
                "runs asynchronously without an executor",
                call -> call.getTargetOwner().isAssignableTo(CompletionStage.class)
                        && call.getName().endsWith("Async")
                        && call.getTarget().getRawParameterTypes().stream()
                                .noneMatch(type -> type.isEquivalentTo(Executor.class)));
    }

    private static ArchRule mayNotKnow(String... packages) {
        return noClasses().should().dependOnClassesThat().resideInAnyPackage(packages);
    }

    private static List<String> packagesCalled(JavaClasses classes, Set<String> names) {
        List<String> found = new ArrayList<>();
        classes.stream()
                .map(JavaClass::getPackageName)
                .distinct()
                .filter(name -> Arrays.stream(name.split("\\.", -1)).anyMatch(names::contains))
                .forEach(found::add);
        return found;
    }

    private static JavaClasses classesOf(String module) {
        JavaClasses classes = CLASSES.get(module);
        if (classes == null) {
            throw new AssertionError("no classes of " + module);
        }
        return classes;
    }
}

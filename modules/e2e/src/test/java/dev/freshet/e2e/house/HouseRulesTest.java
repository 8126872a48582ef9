package dev.freshet.e2e.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.freshet.e2e.tool.Checkout;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may know whom, over the compiled classes of every module. They are read from the modules' folders, so that none of
 * them comes onto the class path of the end-to-end tests.
 */
class HouseRulesTest {

    /** Each module's folder and its package below {@code dev.freshet}, then the packages of the house it may know. */
    private static final List<Module> MODULES = List.of(
            new Module("shared", "schema", Set.of()),
            new Module("modules/bus", "bus", Set.of("schema")),
            new Module("modules/cache", "cache", Set.of("schema", "bus")),
            new Module("modules/service", "service", Set.of("schema", "bus")),
            new Module("modules/sources", "sources", Set.of("schema", "bus", "service")),
            new Module("publisher", "publisher", Set.of("schema", "bus", "service", "sources")),
            new Module("subscriber", "subscriber", Set.of("schema", "bus", "cache", "service")),
            new Module("modules/cli", "cli", Set.of("schema", "bus", "service", "sources")),
            new Module("modules/demo", "demo", Set.of("schema", "bus", "cache", "service", "cli")),
            new Module("modules/testkit", "testkit", Set.of()));

    private static final Map<String, JavaClasses> CLASSES = MODULES.stream()
            .filter(Module::hasSources)
            .collect(Collectors.toUnmodifiableMap(Module::name, module -> new ClassFileImporter()
                    .importPath(Checkout.root().resolve(module.folder()).resolve("target/classes"))));

    private record Module(String folder, String name, Set<String> mayKnow) {
        boolean hasSources() {
            return Files.isDirectory(Checkout.root().resolve(folder).resolve("src/main/java"));
        }
    }

    static Stream<String> modules() {
        return CLASSES.keySet().stream().sorted();
    }

    static Stream<Arguments> boundaries() {
        return MODULES.stream().filter(Module::hasSources).flatMap(module -> MODULES.stream()
                .map(Module::name)
                .filter(other ->
                        !other.equals(module.name()) && !module.mayKnow().contains(other))
                .map(other -> Arguments.of(module.name(), other)));
    }

    @Test
    void theModulesThatTheRulesAreAboutWereReallyRead() {
        assertThat(CLASSES).containsKeys("schema", "bus", "cache", "service", "subscriber", "testkit");
        CLASSES.forEach((name, classes) -> assertThat(
                        classes.stream().filter(type -> type.getPackageName().startsWith("dev.freshet." + name)))
                .as("classes of %s", name)
                .hasSizeGreaterThan(1));
    }

    @ParameterizedTest(name = "{0} does not know {1}")
    @MethodSource("boundaries")
    void aModuleKnowsOnlyTheModulesBelowIt(String module, String other) {
        mayNotKnow("dev.freshet." + other + "..").check(classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void nobodyKnowsTheBenchmarksAndTheEndToEndTests(String module) {
        mayNotKnow("dev.freshet.benchmarks..", "dev.freshet.e2e..").check(classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void onlyTheBusKnowsJedis(String module) {
        if (!module.equals("bus")) {
            mayNotKnow("redis.clients..").check(classesOf(module));
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void onlyTheCacheKnowsCaffeine(String module) {
        if (!module.equals("cache")) {
            mayNotKnow("com.github.benmanes.caffeine..").check(classesOf(module));
        }
    }

    @Test
    void whatAnApplicationEmbedsKnowsNeitherVertxNorAMetricsLibrary() {
        for (String module : List.of("schema", "bus", "cache", "sources")) {
            mayNotKnow("io.vertx..", "io.micrometer..", "io.prometheus..").check(classesOf(module));
        }
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
                .allMatch(name -> (name + ".").startsWith("dev.freshet." + module + "."));
    }

    @Test
    void theRulesWouldCatchAViolation() {
        // The same checks, turned against those who do know these things.
        assertCaught(mayNotKnow("dev.freshet.schema.."), "bus");
        assertCaught(mayNotKnow("dev.freshet.cache.."), "subscriber");
        assertCaught(mayNotKnow("redis.clients.."), "bus");
        assertCaught(mayNotKnow("com.github.benmanes.caffeine.."), "cache");
        assertCaught(mayNotKnow("io.vertx.."), "subscriber");
        assertCaught(mayNotKnow("io.micrometer.."), "subscriber");
        assertThat(packagesCalled(classesOf("subscriber"), Set.of("http")))
                .containsExactly("dev.freshet.subscriber.http");
    }

    private static void assertCaught(ArchRule rule, String violator) {
        assertThatThrownBy(() -> rule.check(classesOf(violator)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Architecture Violation");
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

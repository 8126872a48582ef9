package dev.freshet.cache.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.freshet.cache.RegionCache;

@AnalyzeClasses(packagesOf = RegionCache.class, importOptions = ImportOption.DoNotIncludeTests.class)
class CacheArchitectureTest {

    @ArchTest
    static final ArchRule KNOWS_NO_FRAMEWORK = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.micrometer..", "redis.clients..", "com.google.protobuf..");

    @ArchTest
    static final ArchRule KNOWS_ONLY_THE_BUS_AND_THE_SCHEMA = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "dev.freshet.cache..",
                    "dev.freshet.bus..",
                    "dev.freshet.schema..",
                    "com.github.benmanes.caffeine..",
                    "org.slf4j..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule CAFFEINE_STAYS_INSIDE = noClasses()
            .that()
            .resideInAPackage("dev.freshet.cache")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.github.benmanes.caffeine..");
}

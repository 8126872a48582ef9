package dev.freshet.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.freshet.fixtures.PublicTypes;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What this module is to its users, and what it needs. */
@Tag("pure")
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.freshet.spring");

    /** Only these touch classes that an application may not have, and only if it has them. */
    private static final List<String> OF_TRANSACTIONS = List.of(
            "internal.transaction.SpringTransactions",
            "internal.transaction.FreshetTransaction",
            "TransactionMarks",
            "internal.transaction.ReactiveTransactions",
            "internal.transaction.ReactiveFreshetTransaction");

    private static final List<String> OF_REACTOR = List.of(
            "PublisherResults",
            "ReactiveCalls",
            "ReactiveCall",
            "internal.transaction.Subscribed",
            "internal.transaction.ReactiveTransactions",
            "internal.transaction.ReactiveFreshetTransaction");

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(PublicTypes.of(CLASSES, "dev.freshet.spring"))
                .filteredOn(name -> !name.startsWith("internal."))
                .containsExactlyInAnyOrder(
                        "CacheKeyConverter",
                        "EvictionFailure",
                        "FreshetCache",
                        "FreshetCacheInterceptor",
                        "FreshetCacheManager",
                        "FreshetCacheManager$Builder",
                        "FreshetCacheOptions",
                        "FreshetCacheStats",
                        "FreshetCachingConfiguration",
                        "FreshetEvict",
                        "FreshetEvict$List",
                        "FreshetTags");
    }

    @Test
    void itKnowsSpringAndTheClientAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.freshet",
                        "dev.freshet.bus",
                        "dev.freshet.cache",
                        "dev.freshet.schema",
                        "dev.freshet.spring..",
                        "org.springframework..",
                        "org.aopalliance..",
                        "org.reactivestreams..",
                        "reactor..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void transactionsKnowNothingOfCachesAndCalls() {
        noClasses()
                .that()
                .resideInAPackage("dev.freshet.spring.internal.transaction")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.freshet.spring")
                .check(CLASSES);
    }

    @Test
    void whatAnApplicationMayNotHaveIsKnownToFewClasses() {
        onlyThese(OF_TRANSACTIONS, "org.springframework.transaction..");
        onlyThese(OF_REACTOR, "reactor..", "org.reactivestreams..");
    }

    private static void onlyThese(List<String> names, String... packages) {
        noClasses()
                .that(DescribedPredicate.describe("are none of " + names, (JavaClass type) -> names.stream()
                        .noneMatch(name -> isOrIsWithin(type, name))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .check(CLASSES);
    }

    private static boolean isOrIsWithin(JavaClass type, String name) {
        String full = "dev.freshet.spring." + name;
        return type.getName().equals(full) || type.getName().startsWith(full + "$");
    }
}

package dev.freshet.micrometer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.freshet.fixtures.PublicTypes;
import org.junit.jupiter.api.Test;

/** The binder is made of what the lower layers show to everybody. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.freshet.micrometer");

    @Test
    void itKnowsNoInternalsAndNoOtherLibrary() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.freshet",
                        "dev.freshet.bus",
                        "dev.freshet.bus.tier",
                        "dev.freshet.cache",
                        "dev.freshet.micrometer",
                        "dev.freshet.schema",
                        "io.micrometer.core.instrument..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void whatAPublisherAloneNeedsKnowsNeitherCachesNorTheClient() {
        noClasses()
                .that()
                .haveSimpleName("PublisherMeters")
                .or()
                .haveSimpleName("MeterGroup")
                .or()
                .haveSimpleName("Shared")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.freshet", "dev.freshet.cache..")
                .check(CLASSES);
    }

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(PublicTypes.of(CLASSES, "dev.freshet.micrometer"))
                .containsExactlyInAnyOrder("FreshetMetrics", "PublisherMeters", "RecordTrace", "SubscriberMeters");
    }
}

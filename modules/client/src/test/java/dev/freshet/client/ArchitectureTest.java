package dev.freshet.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.freshet.fixtures.PublicTypes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The door is made of what the lower layers show to everybody. */
class ArchitectureTest {

    private static final List<String> PUBLIC_TYPES = List.of(
            "Freshet",
            "FreshetConfig",
            "FreshetObserver",
            "FreshetObserver$Observation",
            "FreshetStats",
            "KeyText",
            "KeyedRegion",
            "KeyedRegion$AsyncLoader",
            "KeyedRegion$BulkLoader",
            "KeyedRegion$Loader",
            "OnFailure",
            "Published",
            "Published$Logged",
            "Published$Queued",
            "Region",
            "RegionOptions");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.freshet")
            .that(JavaClass.Predicates.resideInAPackage("dev.freshet"));

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
                        "dev.freshet.schema",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(PublicTypes.of(CLASSES, "dev.freshet")).containsExactlyInAnyOrderElementsOf(PUBLIC_TYPES);
    }
}

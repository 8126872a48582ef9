package dev.freshet.tracing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("pure")
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.freshet.tracing");

    @Test
    void itKnowsTheApiOfTheTracingLibraryAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.freshet",
                        "dev.freshet.bus",
                        "dev.freshet.schema",
                        "dev.freshet.tracing",
                        "io.opentelemetry.api..",
                        "io.opentelemetry.context..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    /** They are without the client. */
    @Test
    void whatTheApplicationsNeedKnowsNoClient() {
        noClasses()
                .that()
                .haveNameNotMatching(".*FreshetTracing.*")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.freshet")
                .check(CLASSES);
    }

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(CLASSES.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("ChangeSpans", "FreshetTracing");
    }
}

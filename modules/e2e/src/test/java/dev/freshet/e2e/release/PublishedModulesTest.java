package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lists of what is published agree: the modules' own POMs, the bill of materials, and the command that releases. */
@Tag("pure")
class PublishedModulesTest {

    @Test
    void theBomListsExactlyTheLibrariesThatArePublished() throws IOException {
        Pom bom = Pom.read(Checkout.file("modules/bom/pom.xml"));

        assertThat(bom.texts("dependencyManagement/dependencies/dependency/artifactId"))
                .containsExactlyInAnyOrderElementsOf(Published.libraries());
        assertThat(bom.texts("dependencyManagement/dependencies/dependency/groupId"))
                .containsOnly("dev.freshet");
        assertThat(bom.texts("dependencyManagement/dependencies/dependency/version"))
                .containsOnly("${project.version}");
    }

    /** What a published module needs at run time is published too, or nobody can use it. */
    @Test
    void aPublishedLibraryDependsOnPublishedOnesOnly() throws IOException {
        List<String> libraries = Published.libraries();
        for (String folder : Published.folders()) {
            Pom pom = Pom.read(Checkout.file(folder + "/pom.xml"));
            List<String> needed =
                    pom.texts("dependencies/dependency[groupId='dev.freshet'][not(scope='test')]/artifactId");
            assertThat(libraries).as(folder).containsAll(needed);
        }
    }

    /** The parent has one name for the whole. */
    @Test
    void everyPublishedModuleHasItsOwnNameAndDescription() throws IOException {
        TreeSet<String> descriptions = new TreeSet<>();
        for (String folder : Published.folders()) {
            Pom pom = Pom.read(Checkout.file(folder + "/pom.xml"));
            assertThat(pom.text("name")).as(folder).startsWith("Freshet");
            assertThat(pom.text("description")).as(folder).isNotEmpty();
            descriptions.add(pom.text("description"));
        }
        assertThat(descriptions).hasSameSizeAs(Published.folders());
    }
}

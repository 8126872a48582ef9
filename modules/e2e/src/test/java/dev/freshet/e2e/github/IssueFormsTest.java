package dev.freshet.e2e.github;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** GitHub shows a form only if it has what its schema asks for, and says nothing to others than the maintainers if not. */
@Tag("pure")
class IssueFormsTest {

    private static final Set<String> KEYS =
            Set.of("name", "description", "title", "labels", "assignees", "projects", "type", "body");
    private static final Set<String> TYPES = Set.of("markdown", "textarea", "input", "dropdown", "checkboxes");

    static List<Path> forms() throws IOException {
        try (Stream<Path> files = Files.list(Checkout.file(".github/ISSUE_TEMPLATE"))) {
            return files.filter(file -> !file.endsWith("config.yml")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void aFormHasWhatGitHubAsksFor(Path file) {
        JsonObject form = YamlDocuments.read(file);

        assertThat(KEYS).containsAll(form.keySet());
        assertThat(form.keySet()).contains("name", "description", "body");
        Set<String> ids = new TreeSet<>();
        int inputs = 0;
        for (JsonElement element : form.getAsJsonArray("body")) {
            JsonObject field = element.getAsJsonObject();
            String type = field.get("type").getAsString();
            JsonObject attributes = field.getAsJsonObject("attributes");
            assertThat(TYPES).contains(type);
            if (type.equals("markdown")) {
                assertThat(attributes.get("value").getAsString()).isNotEmpty();
                continue;
            }
            inputs++;
            assertThat(field.get("id").getAsString()).matches("[A-Za-z0-9_-]+");
            assertThat(ids.add(field.get("id").getAsString())).isTrue();
            assertThat(attributes.get("label").getAsString()).isNotEmpty();
            if (type.equals("dropdown")) {
                assertThat(attributes.getAsJsonArray("options")).isNotEmpty().doesNotHaveDuplicates();
            }
        }
        assertThat(inputs).isPositive();
    }

    @Test
    void whoeverFindsAHoleIsToldWhereToReportIt() throws IOException {
        assertThat(Files.readString(Checkout.file(".github/ISSUE_TEMPLATE/bug.yml")))
                .contains("SECURITY.md");
        assertThat(Checkout.file("SECURITY.md")).exists();
    }

    @Test
    void aPullRequestIsAskedForTheCommandOfContributing() throws IOException {
        assertThat(Files.readString(Checkout.file(".github/pull_request_template.md")))
                .contains("`mvn verify`");
        assertThat(Files.readString(Checkout.file("CONTRIBUTING.md"))).contains("mvn verify ");
    }
}
